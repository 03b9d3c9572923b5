select unit_id, count(*) as times
from unit
group by unit_id
having count(*) <> 1;
