-- Received files of which nothing counts any more, since a later one speaks of their season; a file of which nothing
-- could be read is none of them while no later full export stands.
select receipt.file_sha256
from receipt_use
join receipt using (file_sha256)
where use = 'superseded'
    and (receipt.accepted_count > 0 or (receipt.is_withdrawing and superseded_by <> receipt.file_name))
