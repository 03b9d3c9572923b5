-- Innovations of a report's regions per region and edition.
select region_code, edition, count(*) as innovation_count
from submission
where (len($region_codes) = 0 or list_contains($region_codes, region_code))
  and edition between $first and $last
  and ($with_simulated or not is_simulated)
group by region_code, edition
