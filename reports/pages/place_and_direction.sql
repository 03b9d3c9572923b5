-- The indices of an edition under one rulebook, and the region's own of every earlier edition under the same rules.
select region_code, edition, iid_lower, iid_upper
from region_index
where score_kind = $score and rulebook = $rulebook and iid_lower is not null
  and (edition = $edition or (region_code = $region_code and edition < $edition))
order by edition desc, region_code
