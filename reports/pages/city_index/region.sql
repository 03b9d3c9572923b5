-- One region.
select region_code, region_type, name, full_name, province from region where region_code = $region_code
