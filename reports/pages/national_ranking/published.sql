-- Everything published about the award, of all regions: one row per statement, contradictions included.
select
    p.statement_id, p.region_code, p.edition, p.stage, p.measure, p.score, p.rank_text, p.rank_scope, p.predicate, p.award,
    p.innovation_count, p.confidence, p.source, coalesce(r.full_name, p.region_text) as full_name, r.name, r.region_type
from published_result as p
left join region as r on r.region_code = p.region_code
where p.scheme = 'IGA'
order by p.edition desc, r.region_type, p.region_code, p.statement_id
