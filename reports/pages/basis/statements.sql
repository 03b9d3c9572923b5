-- How many published statements there are about a report's regions.
select count(*) as statement_count
from published_result
where len($region_codes) = 0 or list_contains($region_codes, region_code)
