select submission_id, indicator_number
from store.answer
where submission_id is null
    or submission_id not in (select submission_id from store.submission)
    or level not between 0 and 3
    or points_x100 < 0;
