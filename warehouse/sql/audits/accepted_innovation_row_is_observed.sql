-- An accepted row of an innovation list is an observation, and an observation comes from an accepted row.
select coalesce(observation.source_id, source_row.source_id) as source_id
from store.observation
full join (
    select source_id
    from source_row
    join receipt using (file_sha256)
    where outcome = 'accepted' and layout in (select layout from receipt join store.observation using (file_sha256))
) as source_row on source_row.source_id = observation.source_id
where observation.source_id is null or source_row.source_id is null;
