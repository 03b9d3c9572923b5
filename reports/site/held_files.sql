-- Files that were received and could not be read: they are kept and wait for a person.
select file_name, file_sha256, region_code, edition, received_date, held_reason
from receipt
where status = 'held'
order by file_name, file_sha256
