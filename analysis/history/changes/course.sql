-- The index of a season day by day: under the edition's own rules where they give one, else as an estimate.
with days as (
    select valid_from as day, rulebook, is_estimate, iid_lower, iid_upper, innovation_count
    from (
        select
            valid_from, rulebook, is_estimate, innovation_count,
            to_score(iid_lower_x100) as iid_lower, to_score(iid_upper_x100) as iid_upper
        from history.region_index
        where region_code = $region_code and edition = $edition and score_kind = $score and valid_from <= on_day()
    )
)

select * from days
where rulebook = (
    select rulebook from days where iid_lower is not null order by is_estimate, day desc, rulebook desc limit 1
)
order by day;
