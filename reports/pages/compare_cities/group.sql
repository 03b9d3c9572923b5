-- The index of all regions of some kinds in one edition under one rulebook: the group that cities are set against.
select i.region_code, i.iid_lower, i.iid_upper
from region_index as i
join region as r on r.region_code = i.region_code
where i.edition = $edition and i.score_kind = $score and i.rulebook = $rulebook and i.iid_lower is not null
  and r.region_type in (select k.region_type from region as k where list_contains($region_codes, k.region_code))
order by i.region_code
