-- A quarantined row names its rule, or its whole file does.
select source_row.source_id
from source_row
where outcome = 'quarantined'
    and not exists (
        select 1
        from quarantine
        where quarantine.file_sha256 = source_row.file_sha256
            and (
                quarantine.scope = 'file'
                or (quarantine.sheet = source_row.sheet and quarantine.row_number = source_row.row_number and quarantine.scope = 'row')
            )
    );
