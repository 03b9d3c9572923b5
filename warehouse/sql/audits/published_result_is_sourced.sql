-- A published statement names its source, and its region is one that exists or is openly unresolved.
select statement_id
from published_result
where source is null or source = ''
    or (region_code is null and region_basis is distinct from 'unresolved')
    or (region_code is not null and region_code not in (select region_code from region));
