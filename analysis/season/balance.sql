-- The balance of every received file: what it states, what became of its rows, and what is open beside it.
with cells as (
    select file_sha256, count(*) filter (scope = 'cell') as emptied_count
    from store.quarantine
    group by all
),

-- An innovation that stands no more was taken away by the last full export of its season.
gone as (
    select base.file_sha256, count(distinct observation.submission_id) as withdrawn_count
    from store.base_export as base
    join history.observation as observation using (region_code, edition)
    join receipt as seen on seen.file_sha256 = observation.file_sha256
    where observation.file_sha256 <> base.file_sha256
        and observation.submission_id not in (select submission_id from store.submission)
    group by all
),

registers as (
    select distinct region_code from unit
),

names as (
    select observation.file_sha256, count(distinct observation.unit_name) as unknown_count
    from history.observation as observation
    join store.submission as submission using (submission_id)
    where submission.unit_id is null
        and not list_contains($not_ours, submission.region_code || '|' || submission.unit_name)
    group by all
)

select
    coalesce(region.full_name, '?') as city, receipt.edition, receipt.file_name, receipt.status, receipt.is_simulated,
    receipt.stated_total, receipt.accepted_count, receipt.merged_count, receipt.quarantined_count, receipt.structural_count,
    coalesce(cells.emptied_count, 0)::integer as emptied_count,
    coalesce(gone.withdrawn_count, 0)::integer as withdrawn_count,
    -- Without a register nobody knows which names are unknown.
    case
        when registers.region_code is null and receipt.file_sha256 in (select file_sha256 from history.observation) then null
        else coalesce(names.unknown_count, 0)
    end::integer as unit_unknown_count,
    -- Why a layout was taken names the columns that it knows and the file lacks.
    coalesce(len(string_split(receipt.layout_detail ->> 'absent', ', ')), 0)::integer as column_missing_count
from receipt
left join region using (region_code)
left join cells using (file_sha256)
left join gone using (file_sha256)
left join registers using (region_code)
left join names using (file_sha256)
where ($region_code is null or region_code = $region_code) and ($edition is null or receipt.edition = $edition)
order by region_code, receipt.edition, receipt.received_date, receipt.file_name
