-- The index of a season counts the submissions that the tables hold, and beside them the innovations that stand only in
-- quarantine (drafts and returned ones are not reported).
with rows_of_season as (
    select region_code, edition, false as is_quarantined, status from store.submission
    union all
    select region_code, edition, true as is_quarantined, status from store.quarantined_innovation
),

seasons as (
    select
        region_code, edition,
        count(*) filter (where not is_quarantined) as reported,
        count(*) filter (where is_quarantined) as quarantined
    from rows_of_season
    where status is null or status not in ('draft', 'returned')
    group by all
)

select region_index.region_code, region_index.edition, innovation_count, reported, quarantined_count, quarantined
from store.region_index
left join seasons using (region_code, edition)
where innovation_count <> coalesce(reported, 0) or quarantined_count <> coalesce(quarantined, 0);
