-- Tables of one snapshot. What changes in the course of a season stands in schema `history`, with the days on which it
-- counted (valid_from, and valid_to: the first day on which it did not, null while it does). Views of schema `store` show
-- it as of one day (sql/views.sql), scores as whole hundredths (suffix _x100); views of schema `main`, which people and
-- notebooks query, with scores as decimals.
-- Keys are held by the audits (sql/audits/), not by indexes: an index would block later ALTERs.

create schema history;
create schema store;

create table snapshot (
    snapshot_id varchar, schema_version integer, software_version varchar, inputs_hash varchar,
    is_simulated boolean, built_from varchar      -- JSON: all that the snapshot_id is the hash of; the version that built it
);

create table snapshot_rulebook (rulebook varchar, rulebook_hash varchar, is_complete boolean, content varchar);

create table assumption (
    assumption_id varchar, rulebook varchar, switch varchar, value varchar, is_default boolean, confidence varchar,
    note_id varchar, note_en varchar
);

create table history.receipt (
    file_sha256 varchar, file_name varchar, layout varchar,
    layout_detail varchar,                                          -- why the layout was taken: JSON, arguments of layout_taken
    region_code varchar,
    region_text varchar,                                            -- the former code or name by which the region was named
    edition integer,
    received_date date, system varchar, coverage varchar,           -- full, partial, correction
    status varchar,                                                 -- read, held (set aside as a whole)
    held_rule varchar, held_detail varchar,                         -- held_detail: JSON, arguments of the rule
    is_simulated boolean,
    row_count integer, accepted_count integer, merged_count integer, quarantined_count integer, structural_count integer,
    stated_total integer, closing_date date,
    arrival integer,                                                -- how many files had come before it
    is_withdrawing boolean                                          -- what is absent from it was withdrawn
);

create table season_day (region_code varchar, edition integer, day date, has_list boolean);  -- days on which something was received

create table source_row (
    source_id varchar, file_sha256 varchar, sheet varchar, row_number integer,
    outcome varchar,                                                -- accepted, merged, quarantined, structural
    merged_into varchar, original varchar                           -- original: JSON array of the row's cells as text
);

-- Where the fields of a file stand: in a column, or (row_number) at one place of a form, whose text is then kept here.
create table source_column (
    file_sha256 varchar, sheet varchar, field_name varchar,         -- level_N, document_N for indicator N; year_Y
    place_order integer,                                            -- 1: stands in where the place of order 0 is empty
    row_number integer, column_number integer, header varchar, original_text varchar
);

-- What was set aside, as rule and arguments (detail: JSON); the view `quarantine` makes the words, message and fix.
create table store.quarantine (
    file_sha256 varchar, sheet varchar, row_number integer, column_name varchar, rule varchar,
    original_text varchar, detail varchar, scope varchar            -- scope: file, row, cell
);

create table history.lineage (
    table_name varchar, row_id varchar, column_name varchar, source_id varchar, source_column varchar, original_text varchar,
    valid_from date, valid_to date
);

-- Corrections on file, and what became of each: applied, source_fixed, source_differs (neither the wrong nor the right
-- value), not_found, several_found. Applied ones also stand in the lineage, as source_column 'correction:<id>'.
create table correction (
    correction_id varchar, file_name varchar, region_code varchar, edition integer, target varchar, column_name varchar,
    action varchar, value varchar, expected varchar, found varchar, outcome varchar, reason varchar, author varchar,
    correction_date date, row_id varchar, source_id varchar
);

create table region (
    region_code varchar, region_type varchar, name varchar, full_name varchar, province_code varchar, province varchar,
    population_2025 bigint, area_km2 double, is_autonomous boolean, source varchar
);

-- Regions whose code, name or province has changed since edition 2018, one row per state: valid_to is the first day on which
-- it no longer was so (null while it is), code null where no list is known to have had one.
create table region_history (
    region_code varchar, valid_from date, valid_to date, code varchar, full_name varchar, province_code varchar, province varchar,
    basis varchar, source varchar, confidence varchar
);

create table region_alias (alias varchar, region_code varchar, source varchar);

create table subdistrict (code varchar, region_code varchar, unit_kind varchar, name varchar, parent_code varchar, source varchar);

create table government_affair (
    affair_code varchar, affair_group varchar, name_id varchar, name_en varchar, aliases varchar, source varchar
);

create table timeline_event (edition integer, event varchar, date_text varchar, source varchar);

create table national_total (edition integer, metric varchar, value varchar, source varchar);

create table named_innovation (
    region_code varchar, edition integer, title varchar, unit_name varchar, kind varchar, affair varchar, award varchar, source varchar
);

create table unit (
    unit_id varchar, region_code varchar, unit_code varchar, name varchar, unit_kind varchar, parent_unit_id varchar,
    subdistrict_code varchar, main_affair_code varchar, valid_from date, valid_to date,
    successor_unit_id varchar,                                      -- the unit that took its place after valid_to
    is_simulated boolean, source_id varchar
);

-- What people have decided of innovations that are perhaps the same: name_id is (same) or is not (different) innovation_id.
create table identity_decision (
    region_code varchar, name_id varchar, innovation_id varchar, decision varchar, title varchar, other_title varchar,
    author varchar, decided_date date, reason varchar
);

-- Codes that were succeeded by others: of the reference data, and what the home states beside it (identity/regions.csv).
create table region_succession (region_code varchar, successor_code varchar, valid_from date, source varchar);

create table innovation (innovation_id varchar, region_code varchar, title varchar, first_edition integer, last_edition integer, is_simulated boolean);

create table external_id (innovation_id varchar, edition integer, system varchar, external_id varchar);

create table history.observation (
    observation_id varchar, submission_id varchar, file_sha256 varchar, source_id varchar, received_date date,
    region_code varchar, edition integer, external_id varchar,
    title varchar, title_original varchar, title_note varchar,
    unit_name varchar, stage varchar, initiator_kind varchar, is_digital boolean, form varchar,
    main_affair_code varchar, cross_affair_codes varchar,
    trial_date date, implementation_date date, development_date date,
    claimed_score_x100 integer, verified_score_x100 integer, final_score_x100 integer, status varchar,
    account_name varchar,
    description varchar,                                            -- the design (rancang bangun), else the description; plain text
    latitude double, longitude double,                              -- degrees; null where the layout has none
    is_simulated boolean
);

create table history.submission (
    submission_id varchar, innovation_id varchar, region_code varchar, edition integer,
    title varchar, title_original varchar, title_note varchar,
    unit_name varchar, unit_id varchar, unit_kind varchar, stage varchar, initiator_kind varchar, is_digital boolean, form varchar,
    main_affair_code varchar, main_affair_basis varchar,            -- file, unit_register
    cross_affair_codes varchar,                                     -- two-digit codes joined by |
    trial_date date, implementation_date date, development_date date,
    claimed_score_x100 integer, verified_score_x100 integer, final_score_x100 integer, max_score_x100 integer,
    status varchar, account_name varchar, description varchar, latitude double, longitude double, is_simulated boolean, source_id varchar,
    valid_from date, valid_to date
);

create table history.answer (
    submission_id varchar, indicator_number varchar, indicator_key varchar, score_kind varchar,
    level tinyint, points_x100 integer, is_complete boolean, basis varchar,   -- basis: level, points, flag
    source_id varchar,
    document_source_id varchar,                                     -- where another row said whether the document is complete
    valid_from date, valid_to date
);

create table history.region_answer (
    region_code varchar, edition integer, indicator_number varchar, indicator_key varchar, score_kind varchar,
    level tinyint, points_x100 integer, basis varchar,              -- basis: level, total (indicator_number TOTAL)
    is_simulated boolean, source_id varchar, valid_from date, valid_to date
);

create table history.contest_entry (
    contest_entry_id varchar, region_code varchar, edition integer, category varchar, title varchar, unit_name varchar, place integer,
    source varchar, valid_from date
);

create table history.jury_score (
    contest_entry_id varchar, juror varchar, score decimal(6, 2), source_id varchar, valid_from date, valid_to date
);

-- Figures that received files state (rankings, recaps, series, the template of published statements), as printed and read.
create table history.received_statement (
    statement_id varchar, file_sha256 varchar, source_id varchar, layout varchar, region_code varchar, edition integer, received_date date,
    subject varchar, subject_region_code varchar, year_text varchar, measure varchar, value_text varchar, value decimal(24, 8),
    scale varchar, scope varchar, rank_text varchar, predicate_text varchar, address varchar, access_date date, confidence varchar,
    note varchar, is_simulated boolean
);

create table published_result (
    statement_id varchar, region_code varchar, edition integer, scheme varchar, stage varchar, measure varchar, score decimal(12, 2),
    rank_text varchar, rank_low integer, rank_high integer, rank_scope varchar, predicate varchar, award varchar,
    innovation_count integer, source varchar, confidence varchar, note varchar,
    region_text varchar, region_basis varchar                       -- the region as printed, and how it was resolved
);

create table history.region_index (
    region_code varchar, edition integer, rulebook varchar, rulebook_hash varchar, score_kind varchar, assumption_id varchar, as_of date,
    spd_x100 integer, spd_lower_x100 integer, spd_upper_x100 integer,
    innovation_count integer, scored_count integer, rejected_count integer, divisor integer,
    basic_service_lower integer, basic_service_upper integer,
    mean_maturity_x100 integer, mean_maturity_lower_x100 integer, mean_maturity_upper_x100 integer,
    count_x100 integer, count_lower_x100 integer, count_upper_x100 integer, sid_x100 integer, total_x100 integer,
    iid_x100 integer, iid_lower_x100 integer, iid_upper_x100 integer,
    predicate varchar, predicate_lower varchar, predicate_upper varchar,
    coverage varchar,                                               -- complete, or what is missing, joined by |
    is_estimate boolean,                                            -- the rulebook is not the edition's own
    is_simulated boolean, valid_from date, valid_to date
);

-- Exact: an integer times 0.01 as a decimal never passes through a float.
create macro to_score(x100) as (x100 * 0.01::decimal(3, 2))::decimal(12, 2);

-- The day as of which a reader asks (`set variable as_of = date '2026-07-31'`); without one, now.
create macro on_day() as coalesce(getvariable('as_of')::date, date '9999-12-31');
create macro counts_on_day(valid_from, valid_to) as valid_from <= on_day() and (valid_to is null or valid_to > on_day());

-- Under which name the reader's words of a rule stand: that of the rule, and of the cause behind it.
create macro words_name(rule, detail) as rule || coalesce('/' || (detail ->> 'cause'), '');
-- A template with its {names} filled from the arguments: cut at its braces, every second piece is a name; a dash where it
-- has no argument.
create macro filled(template, detail) as array_to_string(
    list_transform(
        string_split_regex(template, '[{}]'),
        lambda piece, place: if(place % 2 = 1, piece, coalesce(detail ->> piece, '–'))
    ),
    ''
);
