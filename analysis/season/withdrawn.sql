-- The innovations of a season that were received once and stand no more, by the title that they had last.
select observation.submission_id, arg_max(observation.title, observation.received_date) as title
from store.observation as observation
where observation.region_code = $region_code and observation.edition = $edition
    and observation.submission_id not in (select submission_id from store.submission)
group by observation.submission_id
order by title, observation.submission_id
