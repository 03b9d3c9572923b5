-- A file that was read and states its own total has exactly that many data rows.
select file_name, stated_total, accepted_count + merged_count + quarantined_count as rows_found
from receipt
where status = 'read' and stated_total is not null
    and stated_total <> accepted_count + merged_count + quarantined_count;
