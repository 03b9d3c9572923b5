-- The index of every region in one edition, one row per rulebook.
select i.*
from region_index as i
where i.edition = $edition and i.score_kind = $score and ($rulebook = '' or i.rulebook = $rulebook)
order by i.region_code, i.is_estimate, i.rulebook
