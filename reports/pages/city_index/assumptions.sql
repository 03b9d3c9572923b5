-- The switches behind one assumption set.
select switch, value, is_default, confidence, note_id, note_en
from assumption
where assumption_id = $assumption_id
order by switch
