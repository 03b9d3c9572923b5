-- The innovations of a region in two editions side by side, tied by the registry.
with sides as (
    select *, row_number() over (partition by innovation_id, edition order by submission_id) as number
    from submission
    where region_code = $region_code and edition in ($earlier, $later)
)

select
    coalesce(e.innovation_id, l.innovation_id) as innovation_id,
    e.title, l.title as other_title, e.unit_name, l.unit_name as other_unit_name,
    e.claimed_score, l.claimed_score as other_claimed_score,
    coalesce(e.is_simulated, false) or coalesce(l.is_simulated, false) as is_simulated
from (select * from sides where edition = $earlier) as e
full join (select * from sides where edition = $later) as l on l.innovation_id = e.innovation_id and l.number = e.number
order by all;
