-- What a row was read as, whether it is the observation that counts, which row counts in its place, and which correction
-- on file withdrew it.
select o.observation_id, o.submission_id, o.region_code, o.edition, o.title, o.is_current, o.is_simulated, s.source_id as counting_source_id,
    r.file_name as counting_file, c.sheet as counting_sheet, c.row_number as counting_row,
    (
        select string_agg(correction_id, ', ' order by correction_id) from correction
        where row_id = o.submission_id and action = 'withdraw' and outcome = 'applied' and correction_date <= on_day()
    ) as withdrawn_by
from observation as o
left join submission as s using (submission_id)
left join source_row as c on c.source_id = s.source_id
left join receipt as r on r.file_sha256 = c.file_sha256
where o.source_id = $source_id
