-- The innovations of a season that an id or a title may mean: submission, innovation, number in a system, title.
select distinct s.submission_id, s.title, s.unit_name
from submission as s
left join external_id as e on e.innovation_id = s.innovation_id and e.edition = s.edition
where s.region_code = $region_code and s.edition = $edition
  and (starts_with(s.submission_id, $wanted) or starts_with(s.innovation_id, $wanted) or e.external_id = $wanted
       or lower(s.title) = lower($wanted))
order by s.title
