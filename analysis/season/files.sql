-- Every received file of a season (or of all): what counts of it, and why.
select coalesce(region.full_name, '?') as city, receipt_use.*
from receipt_use
left join region using (region_code)
where ($region_code is null or region_code = $region_code) and ($edition is null or edition = $edition)
order by region_code, edition, received_date, file_name;
