-- The index of several cities over several editions, one row per rulebook.
select i.*, r.name, r.full_name
from region_index as i
join region as r on r.region_code = i.region_code
where list_contains($region_codes, i.region_code) and list_contains($editions, i.edition) and i.score_kind = $score
  and ($rulebook = '' or i.rulebook = $rulebook)
order by i.region_code, i.edition, i.is_estimate, i.rulebook
