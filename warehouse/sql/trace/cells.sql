-- Every value of a season (or, with $file_sha256, of all that a file's rows were used for) with the cell that it was read from.
-- One row per value; `subject` is a submission_id, a region_code, a unit_id, a statement_id or a contest_entry_id.
with stated as (
    -- what a submission states; a field that another file gave comes from there (`lineage`)
    select
        'submission' as table_name, submission_id as subject, region_code, edition, title as label, column_name,
        value, source_id as own_source_id, is_simulated
    from (
        unpivot (
            select
                submission_id as id, region_code as region, edition as year, title as name, is_simulated as simulated, source_id as source,
                columns(* exclude (
                    submission_id, innovation_id, region_code, edition, as_of, unit_kind, unit_id, main_affair_basis, max_score,
                    is_simulated, source_id
                ))::varchar
            from submission
            where ($region_code::varchar is null or region_code = $region_code)
              and ($edition::integer is null or edition = $edition)
              and ($submission_id::varchar is null or submission_id = $submission_id)
        )
        on columns(* exclude (id, region, year, name, simulated, source)) into name column_name value value
    ) as fields (submission_id, region_code, edition, title, is_simulated, source_id, column_name, value)
),

answered as (
    -- answers of submissions, then of regions: the level where it is known, else the points, else whether it is complete
    select
        'answer' as table_name, a.submission_id as subject, s.region_code, s.edition, s.title as label,
        a.indicator_number, a.score_kind, a.basis,
        coalesce(a.level::varchar, a.points::varchar, a.is_complete::varchar) as value, a.source_id, s.is_simulated
    from answer as a
    join submission as s using (submission_id)
    where ($region_code::varchar is null or s.region_code = $region_code)
      and ($edition::integer is null or s.edition = $edition)
      and ($submission_id::varchar is null or submission_id = $submission_id)
    union all
    select
        'region_answer', region_code, region_code, edition, indicator_number, indicator_number, score_kind, basis,
        coalesce(level::varchar, points::varchar), source_id, is_simulated
    from region_answer
    where ($region_code::varchar is null or region_code = $region_code)
      and ($edition::integer is null or edition = $edition)
      and $submission_id::varchar is null
),

used as (
    select
        s.table_name, s.subject, s.region_code, s.edition, s.label, s.column_name, null as indicator_number, null as score_kind,
        s.value, coalesce(l.source_id, s.own_source_id) as source_id, s.column_name as field_name, l.original_text as told,
        s.is_simulated
    from stated as s
    left join lineage as l
        on l.table_name = 'submission' and l.row_id = s.subject and regexp_replace(l.column_name, '_x100$', '') = s.column_name
    union all
    select
        table_name, subject, region_code, edition, label,
        case when table_name = 'answer' then 'level_' || indicator_number when basis = 'total' then 'points' else 'level' end as column_name,
        indicator_number, score_kind, value, source_id, column_name, null, is_simulated
    from answered
    union all
    select
        'submission', s.submission_id, s.region_code, s.edition, s.title, u.column_name, null, null, u.value, u.source_id, u.field_name, null,
        s.is_simulated
    from submission as s
    join (
        select unit_id, source_id, 'unit_kind' as column_name, 'unit_kind' as field_name, unit_kind as value from unit
        union all
        select unit_id, source_id, 'unit_id', 'unit_code', unit_id from unit
    ) as u using (unit_id)
    where ($region_code::varchar is null or s.region_code = $region_code)
      and ($edition::integer is null or s.edition = $edition)
      and ($submission_id::varchar is null or s.submission_id = $submission_id)
    union all
    select
        'unit', unit_id, region_code, null, name, 'name', null, null, name, source_id, 'name', null, is_simulated
    from unit
    where $file_sha256::varchar is not null
    union all
    select
        'received_statement', statement_id, region_code, edition, subject, measure, null, null, value_text, source_id,
        coalesce('year_' || year_text, measure), null, is_simulated
    from received_statement
    where $file_sha256::varchar is not null
    union all
    select
        'jury_score', contest_entry_id, c.region_code, c.edition, c.title, 'score', null, null, j.score::varchar, j.source_id, 'score', null,
        r.is_simulated
    from jury_score as j
    join contest_entry as c using (contest_entry_id)
    join source_row as s using (source_id)
    join receipt as r using (file_sha256)
    where $file_sha256::varchar is not null
),

placed as (
    select
        used.*, r.file_name, r.file_sha256, coalesce(c.sheet, s.sheet) as sheet,
        coalesce(c.row_number, s.row_number) as row_number, c.column_number, c.header,
        coalesce(c.original_text, nullif(s.original ->> (c.column_number - 1), ''), used.told) as original_text,
        row_number() over (
            partition by used.table_name, used.subject, used.column_name, used.indicator_number, used.score_kind, used.source_id
            -- the cell that stands in where the one of order 0 is empty
            order by nullif(trim(coalesce(c.original_text, s.original ->> (c.column_number - 1))), '') is null, c.place_order
        ) as choice
    from used
    join source_row as s using (source_id)
    join receipt as r using (file_sha256)
    left join source_column as c
        on c.file_sha256 = s.file_sha256
        and (c.sheet = s.sheet or c.row_number is not null)
        and c.field_name = used.field_name
    where $file_sha256::varchar is null or r.file_sha256 = $file_sha256
)

select
    table_name, subject, region_code, edition, label, column_name, indicator_number, score_kind, value, file_name, sheet, row_number,
    column_number, header, original_text, is_simulated, file_sha256, source_id
from placed
where choice = 1
order by region_code, edition, table_name, label, subject, column_name, indicator_number, score_kind
