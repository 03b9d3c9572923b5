-- Full exports that withdraw innovations of another full export of the same day, as parts of one export do by mistake.
select
    bases.region_code, bases.edition, bases.file_name, receipt.file_name as from_file,
    count(distinct submission_id) as count, true as is_same_day
from store.base_export as bases
join receipt using (region_code, edition, received_date)
join history.observation as observation on observation.file_sha256 = receipt.file_sha256
where receipt.is_withdrawing and receipt.file_sha256 <> bases.file_sha256
    and submission_id not in (select submission_id from store.submission)
    and ($region_code is null or bases.region_code = $region_code) and ($edition is null or bases.edition = $edition)
group by all
order by all
