-- Every value of a season (or, with $file_sha256, of all that a file's rows were used for) with the cell that it was read from.
-- One row per value; `subject` is a submission_id, a region_code, a unit_id, a statement_id or a contest_entry_id.
with season as materialized (
    select * from submission
    where ($region_code::varchar is null or region_code = $region_code)
      and ($edition::integer is null or edition = $edition)
      and ($submission_id::varchar is null or submission_id = $submission_id)
),

stated as (
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
            from season
        )
        on columns(* exclude (id, region, year, name, simulated, source)) into name column_name value value
    ) as fields (submission_id, region_code, edition, title, is_simulated, source_id, column_name, value)
),

answered as (
    -- answers of submissions: the level where it is known, else the points, else whether the document is complete
    select
        'answer' as table_name, a.submission_id as subject, s.region_code, s.edition, s.title as label,
        'level_' || a.indicator_number as column_name, a.indicator_number, a.score_kind,
        coalesce(a.level::varchar, a.points::varchar, a.is_complete::varchar) as value,
        if(a.level is null and a.points is null, ['document_' || a.indicator_number, 'level_' || a.indicator_number],
            ['level_' || a.indicator_number]) as field_names,
        a.source_id, concat_ws('|', a.submission_id, a.indicator_number) as row_id,
        if(a.level is null and a.points is null, 'is_complete', 'level') as corrected_column, s.is_simulated
    from answer as a
    join season as s using (submission_id)
    union all
    -- whether the document is complete stands in a cell of its own, often of another file than the level
    select
        'answer', a.submission_id, s.region_code, s.edition, s.title, 'document_' || a.indicator_number, a.indicator_number,
        a.score_kind, a.is_complete::varchar, ['document_' || a.indicator_number, 'level_' || a.indicator_number],
        coalesce(a.document_source_id, a.source_id), concat_ws('|', a.submission_id, a.indicator_number), 'is_complete', s.is_simulated
    from answer as a
    join season as s using (submission_id)
    where a.is_complete is not null and coalesce(a.level, a.points) is not null
    union all
    -- then those of regions
    select
        'region_answer', region_code, region_code, edition, indicator_number, if(basis = 'total', 'points', 'level'), indicator_number,
        score_kind, coalesce(level::varchar, points::varchar), [if(basis = 'total', 'points', 'level')], source_id,
        concat_ws('|', region_code, edition, indicator_number), 'level', is_simulated
    from region_answer
    where ($region_code::varchar is null or region_code = $region_code)
      and ($edition::integer is null or edition = $edition)
      and $submission_id::varchar is null
),

-- fields that another row gave, and values that a correction on file has set
lent as (
    select row_id, regexp_replace(column_name, '_x100$', '') as column_name, source_id, original_text
    from lineage
    where table_name = 'submission' and not starts_with(source_column, 'correction:')
),

corrected as (
    select
        l.table_name, l.row_id, regexp_replace(l.column_name, '_x100$', '') as column_name,
        string_agg(c.correction_id, ', ' order by c.correction_date, c.correction_id) as correction,
        string_agg(format('{} ({}, {})', c.reason, c.author, c.correction_date), '; ' order by c.correction_date, c.correction_id) as reason
    from lineage as l
    join correction as c on l.source_column = 'correction:' || c.correction_id
    group by all
),

used as (
    select
        s.table_name, s.subject, s.region_code, s.edition, s.label, s.column_name, null as indicator_number, null as score_kind,
        s.value, coalesce(l.source_id, s.own_source_id) as source_id, [s.column_name] as field_names, l.original_text as told,
        s.is_simulated, c.correction, c.reason as correction_reason
    from stated as s
    left join lent as l on l.row_id = s.subject and l.column_name = s.column_name
    left join corrected as c on c.table_name = 'submission' and c.row_id = s.subject and c.column_name = s.column_name
    union all
    -- a field that a correction has emptied
    select
        'submission', s.submission_id, s.region_code, s.edition, s.title, c.column_name, null, null, null, coalesce(l.source_id, s.source_id),
        [c.column_name], l.original_text, s.is_simulated, c.correction, c.reason
    from corrected as c
    join season as s on s.submission_id = c.row_id
    left join lent as l on l.row_id = c.row_id and l.column_name = c.column_name
    anti join stated on stated.subject = c.row_id and stated.column_name = c.column_name
    where c.table_name = 'submission'
    union all
    select
        a.table_name, a.subject, a.region_code, a.edition, a.label, a.column_name, a.indicator_number, a.score_kind, a.value, a.source_id,
        a.field_names, null, a.is_simulated, c.correction, c.reason
    from answered as a
    left join corrected as c on c.table_name = a.table_name and c.row_id = a.row_id and c.column_name = a.corrected_column
    union all
    select
        'submission', s.submission_id, s.region_code, s.edition, s.title, u.column_name, null, null, u.value, u.source_id, [u.field_name],
        null, s.is_simulated, null, null
    from season as s
    join (
        select unit_id, source_id, 'unit_kind' as column_name, 'unit_kind' as field_name, unit_kind as value from unit
        union all
        select unit_id, source_id, 'unit_id', 'unit_code', unit_id from unit
    ) as u using (unit_id)
    union all
    select
        'unit', unit_id, region_code, null, name, 'name', null, null, name, source_id, ['name'], null, is_simulated, null, null
    from unit
    where $file_sha256::varchar is not null
    union all
    select
        'received_statement', statement_id, region_code, edition, subject, measure, null, null, value_text, source_id,
        [coalesce('year_' || year_text, measure)], null, is_simulated, null, null
    from received_statement
    where $file_sha256::varchar is not null
    union all
    select
        'jury_score', contest_entry_id, c.region_code, c.edition, c.title, 'score', null, null, j.score::varchar, j.source_id, ['score'], null,
        r.is_simulated, null, null
    from jury_score as j
    join contest_entry as c using (contest_entry_id)
    join source_row as s using (source_id)
    join receipt as r using (file_sha256)
    where $file_sha256::varchar is not null
),

-- the fields whose cell a value may stand in, the likeliest first; with $of_index only of what that score's index is made of
sought as (
    select used.*, unnest(field_names) as field_name, unnest(range(len(field_names))) as field_order
    from used
    where $of_index::varchar is null
        or (table_name = 'region_answer' and score_kind = $of_index)
        or (table_name = 'submission' and column_name in ('title', $of_index || '_score'))
        or (table_name = 'answer' and $with_answers and score_kind = $of_index and starts_with(column_name, 'level_'))
),

placed as (
    select
        sought.*, r.file_name, r.file_sha256, coalesce(c.sheet, s.sheet) as sheet,
        coalesce(c.row_number, s.row_number) as row_number, c.column_number, c.header,
        coalesce(c.original_text, nullif(s.original ->> (c.column_number - 1), ''), sought.told) as original_text,
        row_number() over (
            partition by
                sought.table_name, sought.subject, sought.column_name, sought.indicator_number, sought.score_kind, sought.source_id
            -- a field that the file has; then the cell that stands in where the one of order 0 is empty
            order by c.field_name is null, sought.field_order, nullif(trim(coalesce(c.original_text, s.original ->> (c.column_number - 1))), '') is null, c.place_order
        ) as choice
    from sought
    join source_row as s using (source_id)
    join receipt as r using (file_sha256)
    left join source_column as c
        on c.file_sha256 = s.file_sha256
        and (c.sheet = s.sheet or c.row_number is not null)
        and c.field_name = sought.field_name
    where $file_sha256::varchar is null or r.file_sha256 = $file_sha256
)

select
    table_name, subject, region_code, edition, label, column_name, indicator_number, score_kind, value, file_name, sheet, row_number,
    column_number, header, original_text, is_simulated, file_sha256, source_id, correction, correction_reason
from placed
where choice = 1
order by region_code, edition, table_name, label, subject, column_name, indicator_number, score_kind
