-- Every file received, for the record of a build.
select
    file_name, file_sha256 as sha256, region_code, edition, received_date, layout, system, coverage, status, is_simulated,
    row_count, accepted_count, merged_count, quarantined_count, structural_count
from receipt
order by region_code, edition, received_date, file_name, file_sha256
