-- Of one submission, answer, SPD line, index or jury score no two versions count on one day, and none ends before it begins.
with versions as (
    select 'submission' as kind, submission_id as key, valid_from, valid_to from history.submission
    union all
    select 'answer', concat_ws('|', submission_id, indicator_number, score_kind), valid_from, valid_to from history.answer
    union all
    select 'region_answer', concat_ws('|', region_code, edition, indicator_number, score_kind), valid_from, valid_to
    from history.region_answer
    union all
    select 'region_index', concat_ws('|', region_code, edition, rulebook, score_kind, assumption_id), valid_from, valid_to
    from history.region_index
    union all
    select 'jury_score', concat_ws('|', contest_entry_id, juror), valid_from, valid_to from history.jury_score
),

-- Most of a nation's versions are the only one of their key: only the others are put in order.
several as (
    select * from versions where key in (select key from versions where valid_to is not null)
),

ordered as (
    select *, lead(valid_from) over (partition by kind, key order by valid_from) as next_from from several
)

select kind, key, valid_from from versions where valid_from is null or valid_to <= valid_from
union all
select kind, key, valid_from from ordered where next_from is not null and (valid_to is null or valid_to > next_from);
