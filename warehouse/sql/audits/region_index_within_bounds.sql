-- An index lies between its bounds, within 0 and 100, and is single only where both bounds agree.
select region_code, edition, rulebook, iid_lower_x100, iid_x100, iid_upper_x100
from store.region_index
where iid_lower_x100 > iid_upper_x100
    or iid_lower_x100 < 0
    or iid_upper_x100 > 10000
    or (iid_x100 is not null and (iid_x100 <> iid_lower_x100 or iid_x100 <> iid_upper_x100))
    or (iid_x100 is null and iid_lower_x100 is not null and iid_lower_x100 = iid_upper_x100);
