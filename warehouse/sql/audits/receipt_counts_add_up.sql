-- Every non-empty row of a received file has exactly one outcome, and the receipt's counts say so.
select receipt.file_name, receipt.row_count, counted.rows_found
from receipt
left join (
    select
        file_sha256,
        count(*) as rows_found,
        count(*) filter (outcome = 'accepted') as accepted,
        count(*) filter (outcome = 'merged') as merged,
        count(*) filter (outcome = 'quarantined') as quarantined,
        count(*) filter (outcome = 'structural') as structural
    from source_row
    group by all
) as counted using (file_sha256)
where row_count <> coalesce(rows_found, 0)
    or row_count <> accepted_count + merged_count + quarantined_count + structural_count
    or accepted_count <> coalesce(accepted, 0)
    or merged_count <> coalesce(merged, 0)
    or quarantined_count <> coalesce(quarantined, 0)
    or structural_count <> coalesce(structural, 0);
