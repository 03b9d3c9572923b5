-- The index of one city in one edition: one row per rulebook, the edition's own first.
select i.*, r.is_complete as rulebook_is_complete
from region_index as i
left join snapshot_rulebook as r on r.rulebook = i.rulebook
where i.region_code = $region_code and i.edition = $edition and i.score_kind = $score
  and ($rulebook = '' or i.rulebook = $rulebook)
order by i.is_estimate, i.rulebook, i.assumption_id
