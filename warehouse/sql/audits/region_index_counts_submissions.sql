-- The index of a season counts the submissions that the tables hold, and the innovations that stand only in quarantine
-- (drafts and returned ones are not reported).
with reported as (
    select region_code, edition, 0 as set_aside, status from store.submission
    union all
    select region_code, edition, 1 as set_aside, status from store.quarantined_innovation
),

seasons as (
    select region_code, edition, count(*) as reported, sum(set_aside) as quarantined
    from reported
    where status is null or status not in ('draft', 'returned')
    group by all
)

select region_index.region_code, region_index.edition, innovation_count, reported, quarantined_count, quarantined
from store.region_index
left join seasons using (region_code, edition)
where innovation_count <> coalesce(reported, 0) or quarantined_count <> coalesce(quarantined, 0);
