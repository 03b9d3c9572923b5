-- The innovations of one city in one edition with the score that is asked for.
select
    submission_id, title, unit_name, unit_id, unit_kind, stage, main_affair_code, status, is_simulated, as_of,
    case $score when 'claimed' then claimed_score when 'verified' then verified_score else final_score end as maturity
from submission
where region_code = $region_code and edition = $edition
order by submission_id
