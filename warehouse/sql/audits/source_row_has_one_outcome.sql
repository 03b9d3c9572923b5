-- A row of a file stands once, with a known outcome.
select source_id, count(*) as times, any_value(outcome) as outcome
from source_row
group by source_id
having count(*) <> 1 or count(*) filter (outcome in ('accepted', 'merged', 'quarantined', 'structural')) <> 1;
