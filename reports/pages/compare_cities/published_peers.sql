-- Final published index values (0-100) of all cities (kota), as the background of the compared ones.
select p.region_code, r.name as region_name, p.edition, p.score, arg_min(p.source, p.statement_id) as source
from published_result as p
join region as r on r.region_code = p.region_code
where p.scheme = 'IGA' and p.measure = 'iid' and p.stage = 'final' and p.score is not null and r.region_type = 'kota'
group by all
order by p.edition, p.score
