-- The names of all files received.
select file_name from receipt order by file_name
