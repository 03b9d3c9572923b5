-- Files, rows and innovations per city and edition.
select
    t.region_code, r.full_name, r.name, t.edition,
    count(*) filter (t.status = 'read') as file_count,
    count(*) filter (t.status = 'held') as held_count,
    sum(t.row_count)::integer as row_count,
    sum(t.quarantined_count)::integer as quarantined_count,
    max(t.received_date) as last_received_date,
    bool_or(t.is_simulated) as is_simulated,
    (select count(*) from submission as s where s.region_code = t.region_code and s.edition = t.edition) as innovation_count
from receipt as t
join region as r on r.region_code = t.region_code
group by all
order by t.region_code, t.edition
