-- Units that were to report in an edition, with the number of innovations that each sent.
select u.unit_kind, u.name, count(s.submission_id) as innovation_count, u.is_simulated
from unit as u
left join submission as s on s.unit_id = u.unit_id and s.edition = $edition
where u.region_code = $region_code
  and (u.valid_from is null or year(u.valid_from) <= $edition)
  and (u.valid_to is null or year(u.valid_to) >= $edition)
group by all
order by u.unit_kind, u.name
