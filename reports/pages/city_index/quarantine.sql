-- Cells and rows of one city's files that were set aside, with their place and their words.
select r.file_name, q.sheet, q.row_number, q.column_name, q.rule, q.original_text, q.scope
from quarantine as q
join receipt as r on r.file_sha256 = q.file_sha256
where r.region_code = $region_code and r.edition = $edition
order by r.file_name, r.received_date, q.sheet, q.row_number, q.column_name, q.rule
