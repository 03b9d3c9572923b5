-- The indices of a season, the edition's own rulebook first.
select * from region_index where region_code = $region_code and edition = $edition order by is_estimate, rulebook, score_kind
