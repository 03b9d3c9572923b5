-- Tables of one snapshot. What changes in the course of a season stands in schema `history`, with the days on which it
-- counted (valid_from, and valid_to: the first day on which it did not, null while it does). Views of schema `store` show
-- it as of one day (sql/views.sql), scores as whole hundredths (suffix _x100); views of schema `main`, which people and
-- notebooks query, with scores as decimals.
-- Keys are held by the audits (sql/audits/), not by indexes: an index would block later ALTERs.
--
-- The columns of a table are declared here alone, each on one line; warehouse/declared_tables.py reads them. `not null` and
-- `check` are what a load holds its frames to (etl/season/table_contracts.py); the tables of a snapshot are made without
-- them, so that it is the audits that name what is wrong.

create schema history;
create schema store;

create table snapshot (
    snapshot_id varchar, schema_version integer, software_version varchar, inputs_hash varchar,
    is_simulated boolean, built_from varchar      -- JSON: all that the snapshot_id is the hash of; the version that built it
);

-- What each other table holds, by name with its schema: `iga verify` computes it again (warehouse/keeping/content_hash.py).
create table snapshot_hash (table_name varchar not null, row_count bigint not null, content_hash varchar not null);

create table snapshot_rulebook (
    rulebook varchar, rulebook_hash varchar, is_complete boolean, content varchar,
    home_file varchar,                            -- the file of the home that states it; null: shipped with the software
    is_over_shipped boolean                       -- the home's stands over a shipped one of the same year
);

-- The texts that the indices were computed by, each whole: rulebooks with all that they are based on, the crosswalks between
-- them, and by whose list an edition without one is read.
create table snapshot_rule_file (
    kind varchar not null check (kind in ('rulebook', 'crosswalk', 'level_lists')), name varchar not null,
    content varchar not null
);

create table assumption (
    assumption_id varchar, rulebook varchar, switch varchar, value varchar, is_default boolean, confidence varchar,
    note_id varchar, note_en varchar
);

create table history.receipt (
    file_sha256 varchar not null, file_name varchar not null, layout varchar,
    layout_detail varchar,                                          -- why the layout was taken: JSON, arguments of layout_taken
    region_code varchar,
    region_text varchar,                                            -- the former code or name by which the region was named
    edition integer, received_date date, system varchar,
    coverage varchar not null check (coverage in ('full', 'partial', 'correction')),
    status varchar not null check (status in ('read', 'held')),     -- held: set aside as a whole
    held_rule varchar, held_detail varchar,                         -- held_detail: JSON, arguments of the rule
    is_simulated boolean not null,
    row_count integer not null, accepted_count integer not null, merged_count integer not null,
    quarantined_count integer not null, structural_count integer not null,
    stated_total integer, closing_date date,
    arrival integer not null,                                       -- how many files had come before it
    is_withdrawing boolean not null                                 -- what is absent from it was withdrawn
);

create table season_day (region_code varchar, edition integer, day date, has_list boolean);  -- days on which something was received

create table source_row (
    source_id varchar not null, file_sha256 varchar not null, sheet varchar not null, row_number integer not null,
    outcome varchar not null check (outcome in ('accepted', 'merged', 'quarantined', 'structural')),
    merged_into varchar, original varchar not null                  -- original: JSON array of the row's cells as text
);

-- Where the fields of a file stand: in a column, or (row_number) at one place of a form, whose text is then kept here.
create table source_column (
    file_sha256 varchar not null, sheet varchar not null,
    field_name varchar not null,                                    -- level_N, document_N for indicator N; year_Y
    place_order integer not null check (place_order >= 0),          -- 1: stands in where the place of order 0 is empty
    row_number integer check (row_number >= 1), column_number integer check (column_number >= 1), header varchar not null,
    original_text varchar
);

-- What was set aside, as rule and arguments (detail: JSON); the view `quarantine` makes the words, message and fix.
create table store.quarantine (
    file_sha256 varchar not null, sheet varchar, row_number integer, column_name varchar, rule varchar not null,
    original_text varchar, detail varchar not null,
    scope varchar not null check (scope in ('file', 'row', 'cell'))
);

-- Innovations that stand only in quarantine: their row of a file that counts is set aside, and no other row of the season
-- has them. What could be read of the row is kept; they never enter `submission`.
create table history.quarantined_innovation (
    source_id varchar not null, region_code varchar not null, edition integer not null, file_sha256 varchar not null,
    sheet varchar not null, row_number integer not null, external_id varchar, title varchar, unit_name varchar, unit_id varchar,
    unit_kind varchar, stage varchar, status varchar,
    is_scored_unknown boolean not null,                             -- stage or status could not be read
    main_affair_code varchar, cross_affair_codes varchar,           -- the unit's affair where the row states none
    score_kind varchar not null,                                    -- that of the scores of the file
    claimed_score_x100 integer, verified_score_x100 integer, final_score_x100 integer,
    rule varchar not null,                                          -- why the row is set aside
    is_simulated boolean not null, valid_from date not null, valid_to date
);

-- What such a row says of its indicators.
create table store.quarantined_answer (
    source_id varchar not null, indicator_number varchar not null, indicator_key varchar, score_kind varchar not null,
    level tinyint check (level >= 0), points_x100 integer check (points_x100 >= 0), is_complete boolean,
    basis varchar not null check (basis in ('level', 'points', 'flag'))
);

-- Cells in quarantine of rows that were accepted, whose value an index or its coverage rests on: they stand empty.
create table store.quarantined_value (source_id varchar not null, field_name varchar not null, rule varchar not null);

create table history.lineage (
    table_name varchar not null, row_id varchar not null, column_name varchar not null, source_id varchar not null,
    source_column varchar not null, original_text varchar, valid_from date not null, valid_to date
);

-- Corrections on file, and what became of each (source_differs: the source says neither the wrong nor the right value).
-- Applied ones also stand in the lineage, as source_column 'correction:<id>'.
create table correction (
    correction_id varchar not null, file_name varchar not null, region_code varchar not null, edition integer not null,
    target varchar not null, column_name varchar, action varchar not null check (action in ('replace', 'clear', 'withdraw')),
    value varchar, expected varchar, found varchar,
    outcome varchar not null check (outcome in ('applied', 'source_fixed', 'source_differs', 'not_found', 'several_found')),
    reason varchar not null, author varchar not null, correction_date date not null, row_id varchar, source_id varchar
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
    unit_id varchar not null, region_code varchar not null, unit_code varchar not null, name varchar not null,
    unit_kind varchar not null, parent_unit_id varchar, subdistrict_code varchar, main_affair_code varchar,
    valid_from date, valid_to date,
    successor_unit_id varchar,                                      -- the unit that took its place after valid_to
    is_simulated boolean not null, source_id varchar not null
);

-- What people have decided of innovations that are perhaps the same: name_id is (same) or is not (different) innovation_id.
create table identity_decision (
    region_code varchar, name_id varchar, innovation_id varchar, decision varchar, title varchar, other_title varchar,
    author varchar, decided_date date, reason varchar
);

-- Codes that were succeeded by others: of the reference data, and what the home states beside it (identity/regions.csv).
create table region_succession (region_code varchar, successor_code varchar, valid_from date, source varchar);

create table innovation (
    innovation_id varchar not null, region_code varchar not null, title varchar not null, first_edition integer not null,
    last_edition integer not null, is_simulated boolean not null
);

create table external_id (
    innovation_id varchar not null, edition integer not null, system varchar, external_id varchar not null
);

create table history.observation (
    observation_id varchar not null, submission_id varchar not null, file_sha256 varchar not null, source_id varchar not null,
    received_date date not null, region_code varchar not null, edition integer not null, external_id varchar,
    title varchar not null, title_original varchar not null, title_note varchar,
    unit_name varchar not null, stage varchar, initiator_kind varchar, is_digital boolean, form varchar,
    main_affair_code varchar, cross_affair_codes varchar,
    trial_date date, implementation_date date, development_date date,
    claimed_score_x100 integer, verified_score_x100 integer, final_score_x100 integer, status varchar,
    account_name varchar,
    description varchar,                                            -- the design (rancang bangun), else the description; plain text
    latitude double, longitude double,                              -- degrees; null where the layout has none
    is_simulated boolean not null
);

create table history.submission (
    submission_id varchar not null, innovation_id varchar not null, region_code varchar not null, edition integer not null,
    title varchar not null, title_original varchar not null, title_note varchar,
    unit_name varchar not null, unit_id varchar, unit_kind varchar not null, stage varchar, initiator_kind varchar,
    is_digital boolean, form varchar,
    main_affair_code varchar, main_affair_basis varchar,            -- file, unit_register
    cross_affair_codes varchar,                                     -- two-digit codes joined by |
    trial_date date, implementation_date date, development_date date,
    claimed_score_x100 integer, verified_score_x100 integer, final_score_x100 integer, max_score_x100 integer,
    status varchar, account_name varchar, description varchar, latitude double, longitude double,
    is_simulated boolean not null, source_id varchar not null, valid_from date not null, valid_to date
);

create table history.answer (
    submission_id varchar not null, indicator_number varchar not null, indicator_key varchar, score_kind varchar not null,
    level tinyint check (level >= 0), points_x100 integer check (points_x100 >= 0), is_complete boolean,
    basis varchar not null check (basis in ('level', 'points', 'flag')),
    source_id varchar not null,
    document_source_id varchar,                                     -- where another row said whether the document is complete
    valid_from date not null, valid_to date
);

create table history.region_answer (
    region_code varchar not null, edition integer not null, indicator_number varchar not null, indicator_key varchar,
    score_kind varchar not null, level tinyint check (level >= 0), points_x100 integer check (points_x100 >= 0),
    basis varchar not null check (basis in ('level', 'total')),     -- total: indicator_number TOTAL
    is_simulated boolean not null, source_id varchar not null, valid_from date not null, valid_to date
);

create table history.contest_entry (
    contest_entry_id varchar not null, region_code varchar not null, edition integer not null, category varchar not null,
    title varchar not null, unit_name varchar, place integer, source varchar not null, valid_from date not null
);

-- juror: who gave the score and, of a recap, for which stage and criterion (iga/contest/scored_by.py).
create table history.jury_score (
    contest_entry_id varchar not null, juror varchar not null, score decimal(6, 2), source_id varchar not null,
    valid_from date not null, valid_to date
);

-- Figures that received files state (rankings, recaps, series, the template of published statements), as printed and read.
create table history.received_statement (
    statement_id varchar not null, file_sha256 varchar not null, source_id varchar not null, layout varchar not null,
    region_code varchar not null, edition integer not null, received_date date not null, subject varchar not null,
    subject_region_code varchar, year_text varchar, measure varchar not null, value_text varchar, value decimal(24, 8),
    scale varchar, scope varchar, rank_text varchar, predicate_text varchar, address varchar, access_date date,
    confidence varchar, note varchar, is_simulated boolean not null
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
    innovation_count integer, scored_count integer, rejected_count integer,
    quarantined_count integer,                                      -- beside innovation_count: those that stand only in quarantine
    divisor integer,
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
