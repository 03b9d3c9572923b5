select region_code, edition, rulebook, score_kind, assumption_id, count(*) as times
from store.region_index
group by all
having count(*) <> 1;
