-- What comes from a simulated file is marked as simulated, everywhere.
select observation.observation_id as row_id
from store.observation
join receipt using (file_sha256)
where observation.is_simulated is distinct from receipt.is_simulated
union all
select submission.submission_id
from store.submission
join store.observation on observation.submission_id = submission.submission_id and observation.is_current
where submission.is_simulated is distinct from observation.is_simulated
union all
select region_index.region_code || ' ' || region_index.edition
from store.region_index
join store.submission using (region_code, edition)
where submission.is_simulated and not region_index.is_simulated
union all
select snapshot_id
from snapshot
where not is_simulated and exists (select 1 from receipt where receipt.is_simulated);
