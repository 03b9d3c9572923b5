-- What was set aside of one row of a file, and why; a file that is held as a whole speaks for all its rows.
select sheet, row_number, column_name, rule, original_text, message, scope
from quarantine
where file_sha256 = $file_sha256
  and ((row_number = $row_number and sheet = $sheet) or scope = 'file')
order by column_name, rule
