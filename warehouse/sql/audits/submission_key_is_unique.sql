select submission_id, count(*) as times
from store.submission
group by submission_id
having count(*) <> 1;
