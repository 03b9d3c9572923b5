select region_code, edition, indicator_number, score_kind, count(*) as times
from store.region_answer
group by all
having count(*) <> 1;
