-- What a snapshot holds of each region and edition: files, lists of innovations among them, innovations, those of them
-- with levels of indicators, published figures, rows of the index and those of them with bounds.
with season as (
    select region_code, edition from receipt where edition is not null
    union
    select region_code, edition from published_result where edition is not null
),
levelled as (
    select region_code, edition, count(*) as innovations
    from submission where submission_id in (select submission_id from answer where level is not null)
    group by all
),
computed as (
    select region_code, edition, count(*) as ruled, count(iid_lower) as indexed from region_index group by all
)
select
    season.region_code, season.edition,
    (
        select count(*) from receipt
        where receipt.region_code = season.region_code and receipt.edition = season.edition and receipt.status = 'read'
    ) as files,
    (
        select count(distinct file_sha256) from observation
        where observation.region_code = season.region_code and observation.edition = season.edition
    ) as lists,
    (
        select count(*) from submission
        where submission.region_code = season.region_code and submission.edition = season.edition
    ) as innovations,
    coalesce(levelled.innovations, 0) as levels,
    (
        select count(*) from published_result
        where published_result.region_code = season.region_code and published_result.edition = season.edition
    ) as published,
    coalesce(computed.ruled, 0) as ruled,
    coalesce(computed.indexed, 0) as indexed
from season
left join levelled on levelled.region_code = season.region_code and levelled.edition = season.edition
left join computed on computed.region_code = season.region_code and computed.edition = season.edition
where season.region_code is not null
order by season.region_code, season.edition
