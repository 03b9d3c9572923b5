-- Files that a report rests on: of some regions (none named: all), from one edition to another, made-up ones or not.
select
    t.file_name, t.file_sha256, t.region_code, r.full_name, t.edition, t.received_date, t.status, t.is_simulated,
    t.row_count, t.quarantined_count
from receipt as t
left join region as r on r.region_code = t.region_code
where (len($region_codes) = 0 or list_contains($region_codes, t.region_code))
  and t.edition between $first and $last
  and ($with_simulated or not t.is_simulated)
order by r.full_name, t.edition, t.received_date, t.file_name, t.file_sha256
