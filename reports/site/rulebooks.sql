-- The rulebooks that a snapshot holds.
select rulebook, rulebook_hash
from snapshot_rulebook
order by rulebook
