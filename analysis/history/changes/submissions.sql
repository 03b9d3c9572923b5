-- The innovations of a season (or of all) with what a comparison looks at.
select
    region_code, edition, submission_id, innovation_id, title, unit_name, unit_id, stage, status,
    claimed_score, verified_score, final_score, is_simulated
from submission
where ($region_code is null or region_code = $region_code) and ($edition is null or edition = $edition)
order by region_code, edition, submission_id;
