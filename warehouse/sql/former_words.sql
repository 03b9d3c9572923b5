-- Views of a snapshot that was built with its words (until schema 4): they are shown as they stand.

create or replace view receipt as
select
    file_sha256, file_name, layout, layout_reason, region_code, region_text, edition, received_date, system, coverage, status,
    held_rule, held_reason, is_simulated, row_count, accepted_count, merged_count, quarantined_count, structural_count,
    stated_total, closing_date, arrival, is_withdrawing, layout_detail, held_detail
from history.receipt
where received_date is null or received_date <= on_day();

create or replace view quarantine as
select file_sha256, sheet, row_number, column_name, rule, original_text, message, fix, scope, detail
from store.quarantine;
