-- Schema `store`: what counts as of the day that the reader asks for (`on_day()`), in whole hundredths.

-- The words for what is set aside, as the reader gives them (`set variable set_aside_words`: JSON, made by
-- warehouse/set_aside_words.py): templates in the reader's language. Without them a rule is its own words.
create view store.set_aside_words as
select key as name, value ->> 'message' as message, value ->> 'fix' as fix
from json_each(coalesce(getvariable('set_aside_words')::varchar, '{}'));

create view receipt as
select
    file_sha256, file_name, layout,
    case when layout_detail is null then '' else filled(coalesce(taken.message, 'layout_taken'), layout_detail) end as layout_reason,
    region_code, region_text, edition, received_date, system, coverage, status, held_rule,
    filled(coalesce(held.message, held_rule), held_detail) as held_reason,
    is_simulated, row_count, accepted_count, merged_count, quarantined_count, structural_count, stated_total, closing_date,
    arrival, is_withdrawing, layout_detail, held_detail
from history.receipt
left join store.set_aside_words as taken on taken.name = words_name('layout_taken', layout_detail)
left join store.set_aside_words as held on held.name = words_name(held_rule, held_detail)
where received_date is null or received_date <= on_day();

create view quarantine as
select
    file_sha256, sheet, row_number, column_name, rule, original_text,
    filled(coalesce(words.message, rule), detail) as message, filled(coalesce(words.fix, rule), detail) as fix, scope, detail
from store.quarantine
left join store.set_aside_words as words on words.name = words_name(rule, detail);

create view lineage as
select * exclude (valid_from, valid_to) from history.lineage where counts_on_day(valid_from, valid_to);

create view received_statement as
select * from history.received_statement where received_date <= on_day();

create view jury_score as
select * exclude (valid_from, valid_to) from history.jury_score where counts_on_day(valid_from, valid_to);

-- An entry that a later full file lacks has no score that counts: it was withdrawn.
create view contest_entry as
select * exclude (valid_from) from history.contest_entry
where valid_from <= on_day() and contest_entry_id in (select contest_entry_id from jury_score);

-- Per season the full export that the list of innovations begins with: the latest of those that withdraw what they lack.
create view store.base_export as
select region_code, edition, file_sha256, file_name, received_date
from receipt
where is_withdrawing
qualify row_number() over (
    partition by region_code, edition order by received_date desc, arrival desc, file_sha256 desc
) = 1;

create view store.submission as
select submission.* exclude (valid_from, valid_to), season.as_of
from history.submission as submission
left join (
    select region_code, edition, max(day) as as_of from season_day where has_list and day <= on_day() group by all
) as season using (region_code, edition)
where counts_on_day(valid_from, valid_to);

create view store.observation as
select observation.*, current_row.source_id is not null as is_current   -- this observation is the one that counts
from history.observation as observation
left join (
    select distinct source_id from history.submission where counts_on_day(valid_from, valid_to)
) as current_row using (source_id)
where received_date <= on_day();

create view store.answer as
select * exclude (valid_from, valid_to) from history.answer where counts_on_day(valid_from, valid_to);

create view store.region_answer as
select * exclude (valid_from, valid_to) from history.region_answer where counts_on_day(valid_from, valid_to);

create view store.quarantined_innovation as
select * exclude (valid_from, valid_to) from history.quarantined_innovation where counts_on_day(valid_from, valid_to);

create view store.region_index as
select * exclude (valid_from, valid_to) from history.region_index where counts_on_day(valid_from, valid_to);

-- Schema `main`, what people query: the same with scores as decimals with two places.

create view observation as
select
    observation_id, submission_id, file_sha256, source_id, received_date, region_code, edition, external_id,
    title, title_original, title_note, unit_name, stage, initiator_kind, is_digital, form, main_affair_code, cross_affair_codes,
    trial_date, implementation_date, development_date,
    to_score(claimed_score_x100) as claimed_score,
    to_score(verified_score_x100) as verified_score,
    to_score(final_score_x100) as final_score,
    status, account_name, description, latitude, longitude, is_simulated, is_current
from store.observation;

create view submission as
select
    submission_id, innovation_id, region_code, edition, as_of, title, title_original, title_note,
    unit_name, unit_id, unit_kind, stage, initiator_kind, is_digital, form,
    main_affair_code, main_affair_basis, cross_affair_codes, trial_date, implementation_date, development_date,
    to_score(claimed_score_x100) as claimed_score,
    to_score(verified_score_x100) as verified_score,
    to_score(final_score_x100) as final_score,
    to_score(max_score_x100) as max_score,
    status, account_name, description, latitude, longitude, is_simulated, source_id
from store.submission;

create view answer as
select submission_id, indicator_number, indicator_key, score_kind, level, to_score(points_x100) as points, is_complete, basis, source_id,
    document_source_id
from store.answer;

create view region_answer as
select region_code, edition, indicator_number, indicator_key, score_kind, level, to_score(points_x100) as points, basis, is_simulated, source_id
from store.region_answer;

create view quarantined_innovation as
select
    source_id, region_code, edition, file_sha256, sheet, row_number, external_id, title, unit_name, unit_id, unit_kind, stage,
    status, is_scored_unknown, main_affair_code, cross_affair_codes, score_kind,
    to_score(claimed_score_x100) as claimed_score,
    to_score(verified_score_x100) as verified_score,
    to_score(final_score_x100) as final_score,
    rule, is_simulated
from store.quarantined_innovation;

create view region_index as
select
    region_code, edition, rulebook, rulebook_hash, score_kind, assumption_id, as_of,
    to_score(spd_x100) as spd_score,
    to_score(spd_lower_x100) as spd_lower,
    to_score(spd_upper_x100) as spd_upper,
    innovation_count, scored_count, rejected_count, quarantined_count, divisor, basic_service_lower, basic_service_upper,
    to_score(mean_maturity_x100) as mean_maturity,
    to_score(mean_maturity_lower_x100) as mean_maturity_lower,
    to_score(mean_maturity_upper_x100) as mean_maturity_upper,
    to_score(count_x100) as count_score,
    to_score(count_lower_x100) as count_lower,
    to_score(count_upper_x100) as count_upper,
    to_score(sid_x100) as sid_score,
    to_score(total_x100) as total_score,
    to_score(iid_x100) as iid,
    to_score(iid_lower_x100) as iid_lower,
    to_score(iid_upper_x100) as iid_upper,
    predicate, predicate_lower, predicate_upper, coverage, is_estimate, is_simulated
from store.region_index;

-- Which received file counts as of the day, and why (`use`): base (the last full export of its season), adds (came
-- after it, or the season has no full export), fields (earlier, and gives only what no later file states), counts
-- (registers, SPD answers, control sheets, statements), nothing (no row of it could be used, and no later full export
-- took its place), superseded, held.
create view receipt_use as
with spoken as (
    select source_id from store.submission
    union select source_id from store.answer
    union select source_id from store.region_answer
    union select source_id from unit
    union select source_id from received_statement
    union select source_id from jury_score
),

counted as (
    select file_sha256, count(*) as counting_count from spoken join source_row using (source_id) group by all
),

lent as (
    select distinct file_sha256 from lineage join source_row using (source_id)
    where table_name = 'submission' and row_id in (select submission_id from store.submission)
),

observed as (
    select file_sha256, count(*) as observed_count from history.observation group by all
),

bases as (
    select region_code, edition, file_sha256 as base_sha256, file_name as base_name, received_date as base_date
    from store.base_export
)

select
    receipt.file_sha256, receipt.file_name, receipt.region_code, receipt.edition, receipt.received_date,
    receipt.system, receipt.coverage, receipt.layout, receipt.accepted_count,
    coalesce(counted.counting_count, 0) as counting_count,
    case
        when receipt.status = 'held' then 'held'
        when observed.file_sha256 is null and counted.file_sha256 is not null then 'counts'
        when observed.file_sha256 is null and receipt.accepted_count + receipt.merged_count = 0
            and receipt.quarantined_count > 0
            and not (receipt.is_withdrawing and receipt.file_sha256 <> bases.base_sha256) then 'nothing'
        when observed.file_sha256 is null then 'superseded'
        when receipt.file_sha256 = bases.base_sha256 then 'base'
        when (bases.base_sha256 is null or receipt.received_date >= bases.base_date) and counted.file_sha256 is not null
            and not receipt.is_withdrawing then 'adds'
        when counted.file_sha256 is not null or lent.file_sha256 is not null then 'fields'
        else 'superseded'
    end as use,
    case when use in ('superseded', 'fields') then bases.base_name end as superseded_by,
    receipt.held_reason, receipt.is_simulated
from receipt
left join counted using (file_sha256)
left join lent using (file_sha256)
left join observed using (file_sha256)
left join bases on bases.region_code = receipt.region_code and bases.edition = receipt.edition;
