-- An answer is one of a submission, at a level that the rules of its edition give the indicator. A snapshot of an earlier
-- version does not say how far its levels reach.
with ranges as (
    select
        edition.key::integer as edition,
        indicator.key as indicator_number,
        indicator.value::integer as top_level
    from snapshot, json_each(built_from::json -> 'top_levels') as edition, json_each(edition.value) as indicator
)

select answer.submission_id, answer.indicator_number
from store.answer
left join store.submission using (submission_id)
left join ranges as own on own.edition = submission.edition and own.indicator_number = answer.indicator_number
left join ranges as any_other on any_other.edition = submission.edition and any_other.indicator_number = ''
where submission.submission_id is null
    or answer.level not between 0 and coalesce(own.top_level, any_other.top_level, answer.level)
    or answer.points_x100 < 0;
