-- How many innovations of a season stood on each day that brought a list of them. Withdrawn ones count until they went.
select season_day.day, count(submission.submission_id) as innovation_count
from season_day
left join history.submission as submission
    on submission.region_code = season_day.region_code and submission.edition = season_day.edition
    and submission.valid_from <= season_day.day
    and (submission.valid_to is null or submission.valid_to > season_day.day)
where season_day.has_list and season_day.day <= on_day()
    and season_day.region_code = $region_code and season_day.edition = $edition
group by season_day.day
order by season_day.day
