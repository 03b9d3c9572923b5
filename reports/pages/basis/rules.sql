-- The rules and assumption sets behind the indices of a report's regions and editions.
select
    i.rulebook, b.rulebook_hash,
    list_sort(list(distinct i.assumption_id)) as assumption_ids,
    (select count(*) from assumption as a where list_contains(list(distinct i.assumption_id), a.assumption_id) and not a.is_default)
        as changed_count
from region_index as i
join snapshot_rulebook as b on b.rulebook = i.rulebook
where (len($region_codes) = 0 or list_contains($region_codes, i.region_code))
  and (len($editions) = 0 or list_contains($editions, i.edition))
  and ($with_simulated or not i.is_simulated)
  and i.score_kind = $score
  and ($rulebook = '' or i.rulebook = $rulebook)
group by i.rulebook, b.rulebook_hash
order by i.rulebook
