-- Every innovation with what a comparison looks at. A unit that was succeeded by another counts as its successor.
with places as (
    select
        s.innovation_id, s.region_code, s.edition, s.title, s.unit_name, s.account_name, s.is_simulated,
        coalesce(u.successor_unit_id, u.unit_id) as unit_key
    from submission as s
    left join unit as u using (unit_id)
),

numbers as (
    select innovation_id, list(distinct system || ':' || external_id) as numbers from external_id where system is not null group by all
)

select
    innovation_id,
    any_value(region_code) as region_code,
    arg_max(title, edition) as title,
    arg_max(unit_name, edition) as unit_name,
    arg_max(unit_key, edition) as unit_key,
    list_sort(list(distinct edition)) as editions,
    any_value(numbers) as numbers,
    list(distinct account_name) filter (account_name is not null) as accounts,
    bool_or(is_simulated) as is_simulated
from places
left join numbers using (innovation_id)
group by innovation_id
order by region_code, innovation_id;
