-- An innovation that stands only in quarantine is a row that is set aside, and no submission that counts comes from it.
select source_id
from history.quarantined_innovation
left join source_row using (source_id)
where source_row.outcome is distinct from 'quarantined'
    or source_id in (select source_id from history.submission);
