-- One row per city and edition: what was received, what counts, what is missing.
with files as (
    select
        region_code,
        edition,
        count(*) as files,
        count(*) filter (status = 'held') as held,
        max(received_date) as last_received,
        count(*) filter (use = 'superseded') as superseded,
        sum(quarantined_count)::integer as quarantined,
        bool_or(is_simulated) as is_simulated
    from receipt
    join (select file_sha256, use from receipt_use) using (file_sha256)
    group by all
),

seasons as (
    select region_code, edition, count(*) as innovations from submission group by all
),

spd as (
    select
        region_code,
        edition,
        case
            when list_contains(string_split(coverage, '|'), 'spd_missing') then 'missing'
            when spd_lower is distinct from spd_upper then 'partial'
            else 'complete'
        end as spd
    from region_index
    where not is_estimate
    qualify row_number() over (partition by region_code, edition order by score_kind) = 1
),

levels as (
    select region_code, edition, count(distinct submission_id) as levels
    from answer
    join submission using (submission_id)
    where level is not null
    group by all
),

waiting as (
    select region_code, edition, count(*) as innovations_quarantined from store.quarantined_innovation group by all
),

registers as (
    select region_code, count(*) as register from unit group by all
)

select
    coalesce(region.full_name, '?') as city,
    edition,
    files,
    held,
    superseded,
    last_received,
    coalesce(innovations, 0) as innovations,
    coalesce(innovations_quarantined, 0)::integer as innovations_quarantined,
    quarantined,
    coalesce(spd, 'missing') as spd,
    coalesce(levels, 0) as levels,
    coalesce(register, 0) as register,
    is_simulated
from files
left join region using (region_code)
left join seasons using (region_code, edition)
left join waiting using (region_code, edition)
left join spd using (region_code, edition)
left join levels using (region_code, edition)
left join registers using (region_code)
where ($region_code is null or region_code = $region_code) and ($edition is null or edition = $edition)
order by region_code, edition;
