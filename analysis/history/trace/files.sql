-- The files that a name, the end of a path or the first digits of a hash may mean.
select file_sha256, file_name, is_simulated
from receipt
where file_name = $file or ends_with(file_name, '/' || $file) or starts_with(file_sha256, $file)
order by file_name = $file desc, file_name
