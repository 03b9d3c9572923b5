-- The rows of a file with that number: their outcome, and where a merged row went.
select s.sheet, s.row_number, s.outcome, s.source_id, s.original, t.sheet as target_sheet, t.row_number as target_row, t.source_id as target_id
from source_row as s
left join source_row as t on t.source_id = s.merged_into
where s.file_sha256 = $file_sha256 and s.row_number = $row_number and ($sheet::varchar is null or s.sheet = $sheet)
order by s.sheet
