-- Indices of a snapshot under one rulebook and one set of assumptions: the view's scores and the whole hundredths.
select shown.*, kept.* exclude (region_code, edition, rulebook, rulebook_hash, score_kind, assumption_id, as_of,
    innovation_count, scored_count, rejected_count, quarantined_count, divisor, basic_service_lower, basic_service_upper,
    predicate, predicate_lower, predicate_upper, coverage, is_estimate, is_simulated)
from region_index as shown
join store.region_index as kept using (region_code, edition, rulebook_hash, score_kind, assumption_id)
where rulebook_hash = $rulebook_hash
    and assumption_id = $assumption_id
    and list_contains($editions, edition)
    and score_kind = $score_kind
    and ($region is null or region_code = $region)
order by region_code, edition
