-- The units of a region that exist in an edition, with the unit that answers for them and their district.
select
    u.unit_id, u.unit_code, u.name, u.unit_kind, u.parent_unit_id,
    coalesce(p.name, u.name) as parent, d.name as district
from unit as u
left join unit as p on p.unit_id = u.parent_unit_id
left join subdistrict as s on s.code = u.subdistrict_code
left join subdistrict as d on d.code = coalesce(s.parent_code, s.code)
where u.region_code = $region_code
    and (u.valid_from is null or year(u.valid_from) <= $edition)
    and (u.valid_to is null or year(u.valid_to) >= $edition)
order by u.unit_kind, u.name, u.unit_id
