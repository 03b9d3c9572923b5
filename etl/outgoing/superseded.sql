-- Received files of which nothing counts any more, since a later one speaks of their season.
select file_sha256 from receipt_use where use = 'superseded';
