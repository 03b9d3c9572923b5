-- The levels of a season (or of all), and whether their documents are there.
select submission_id, indicator_number, score_kind, level, is_complete
from answer
semi join (
    select submission_id from submission
    where ($region_code is null or region_code = $region_code) and ($edition is null or edition = $edition)
) using (submission_id)
order by all;
