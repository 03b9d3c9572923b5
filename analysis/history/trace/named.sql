-- The innovations of a season with what a person may call them.
select submission_id, title, unit_id, unit_name from submission where region_code = $region_code and edition = $edition order by title
