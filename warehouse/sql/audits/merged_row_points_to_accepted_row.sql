select merged.source_id, merged.merged_into
from source_row as merged
left join source_row as target on target.source_id = merged.merged_into
where merged.outcome = 'merged' and target.outcome is distinct from 'accepted';
