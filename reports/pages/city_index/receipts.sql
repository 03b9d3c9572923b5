-- Files received for one city in one edition, and the files that could not be placed or read.
select
    file_name, file_sha256, layout, received_date, system, coverage, status, held_reason, is_simulated, closing_date,
    row_count, accepted_count, merged_count, quarantined_count, structural_count, stated_total
from receipt
where region_code = $region_code and edition = $edition
order by received_date, file_name, file_sha256
