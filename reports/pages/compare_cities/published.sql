-- Published statements about several cities: every statement, contradictions included.
select p.*, r.full_name, r.name as region_name
from published_result as p
join region as r on r.region_code = p.region_code
where list_contains($region_codes, p.region_code)
order by p.region_code, p.edition, p.statement_id
