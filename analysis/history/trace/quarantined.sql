-- The cells that were set aside of innovations that stand in quarantine alone: one row per cell, or one for the whole row.
select
    'quarantine' as figure, i.region_code, i.edition, i.source_id as subject, i.title as label,
    coalesce(c.field_name, q.column_name) as column_name, q.rule as value, r.file_name, i.sheet, i.row_number, c.column_number,
    q.column_name as header, q.original_text, i.is_simulated, i.file_sha256, null as correction, null as correction_reason,
    i.external_id, i.unit_name, i.unit_id
from store.quarantined_innovation as i
join receipt as r using (file_sha256)
left join quarantine as q
    on q.file_sha256 = i.file_sha256 and q.sheet = i.sheet and q.row_number = i.row_number
left join source_column as c
    on c.file_sha256 = i.file_sha256 and c.sheet = i.sheet and c.header = q.column_name and c.column_number is not null
where i.region_code = $region_code and i.edition = $edition
qualify row_number() over (partition by i.source_id, q.column_name, q.rule order by c.place_order, c.field_name) = 1
order by i.file_sha256, i.sheet, i.row_number, c.column_number, q.column_name, q.rule
