-- The index of a season counts the submissions that the tables hold (drafts and returned ones are not reported).
select region_index.region_code, region_index.edition, innovation_count, reported
from store.region_index
left join (
    select region_code, edition, count(*) as reported
    from store.submission
    where status is null or status not in ('draft', 'returned')
    group by all
) as season using (region_code, edition)
where innovation_count <> coalesce(reported, 0);
