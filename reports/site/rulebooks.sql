-- The rulebooks that a snapshot holds, with their full text.
select rulebook, rulebook_hash, content
from snapshot_rulebook
order by rulebook
