-- An answer of the region is at a level that the rules of its edition give the line (see answer_belongs_to_submission).
with ranges as (
    select
        edition.key::integer as edition,
        indicator.key as indicator_number,
        indicator.value::integer as top_level
    from snapshot, json_each(built_from::json -> 'top_levels') as edition, json_each(edition.value) as indicator
)

select answer.region_code, answer.edition, answer.indicator_number
from store.region_answer as answer
left join ranges as own on own.edition = answer.edition and own.indicator_number = answer.indicator_number
left join ranges as any_other on any_other.edition = answer.edition and any_other.indicator_number = ''
where answer.level not between 0 and coalesce(own.top_level, any_other.top_level, answer.level);
