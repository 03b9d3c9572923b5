-- Each submission has exactly one observation that counts.
select submission_id, count(*) as times
from store.observation
where is_current
group by submission_id
having count(*) <> 1
union all
select submission.submission_id, 0
from store.submission
anti join (select submission_id from store.observation where is_current) using (submission_id);
