-- The regions that the award ranks: provinces, regencies and cities with a government of their own.
select region_code, region_type, name, full_name, coalesce(province_code, region_code) as province_code, province
from region
where coalesce(is_autonomous, true)
order by region_code
