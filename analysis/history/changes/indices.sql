-- The claimed index of a season (or of all) under every rulebook that applies.
select region_code, edition, rulebook, is_estimate, iid, iid_lower, iid_upper
from region_index
where score_kind = 'claimed' and ($region_code is null or region_code = $region_code) and ($edition is null or edition = $edition)
order by all;
