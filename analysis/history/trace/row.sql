-- The rows of a file with that number: their outcome, and where a merged row went, which may be a row of another file.
select
    s.sheet, s.row_number, s.outcome, s.source_id, s.original, t.sheet as target_sheet, t.row_number as target_row, t.source_id as target_id,
    t.file_sha256 as target_sha256, if(t.file_sha256 = s.file_sha256, null, r.file_name) as target_file
from source_row as s
left join source_row as t on t.source_id = s.merged_into
left join receipt as r on r.file_sha256 = t.file_sha256
where s.file_sha256 = $file_sha256 and s.row_number = $row_number and ($sheet::varchar is null or s.sheet = $sheet)
order by s.sheet
