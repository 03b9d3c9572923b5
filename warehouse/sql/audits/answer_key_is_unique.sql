select submission_id, indicator_number, score_kind, count(*) as times
from store.answer
group by all
having count(*) <> 1;
