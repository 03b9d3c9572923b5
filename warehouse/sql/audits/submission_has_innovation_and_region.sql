select submission_id
from store.submission
where innovation_id is null
    or region_code is null
    or innovation_id not in (select innovation_id from innovation)
    or region_code not in (select region_code from region)
    or (main_affair_code is not null and main_affair_code not in (select affair_code from government_affair));
