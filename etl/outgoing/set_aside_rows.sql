-- The rows that were set aside, with their cells as text (a JSON array); of a file that is held none was judged by itself.
select file_sha256, sheet, row_number, original
from source_row
join receipt using (file_sha256)
where outcome = 'quarantined' and receipt.status = 'read';
