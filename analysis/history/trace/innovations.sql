-- The innovations of a season that a person may mean: by a number in a system, the title or a whole id, else by how an id begins.
with meant as (
    select
        s.submission_id, s.title, s.unit_name,
        min(if(
            e.external_id = $wanted or lower(s.title) = lower($wanted) or $wanted in (s.submission_id, s.innovation_id), 0, 1
        )) as farness
    from submission as s
    left join external_id as e on e.innovation_id = s.innovation_id and e.edition = s.edition
    where s.region_code = $region_code and s.edition = $edition
      and (starts_with(s.submission_id, $wanted) or starts_with(s.innovation_id, $wanted) or e.external_id = $wanted
           or lower(s.title) = lower($wanted))
    group by all
)

select submission_id, title, unit_name
from meant
qualify farness = min(farness) over ()
order by title
