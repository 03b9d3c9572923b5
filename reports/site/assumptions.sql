-- Every set of assumptions that an index of the snapshot was computed under.
select assumption_id, rulebook, switch, value, is_default, confidence
from assumption
order by assumption_id, switch
