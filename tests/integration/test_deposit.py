"""A deposit holds what its standards ask, is read by other tools, and is made again from its own files alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pyreadstat
import pytest
import yaml
from datacite import schema45
from frictionless import Package
from rocrate.rocrate import ROCrate

from analysis import open_snapshot
from analysis.panel import Panel, read_panel
from analysis.panel.export import deposit_files
from analysis.panel.panel_rows import PanelAltered
from analysis.panel.replicate import DepositUnreadable, read_deposit, replicate
from reports.deposit import replicate_deposit, write_deposit
from reports.pages.compare_cities.parameters import CompareCitiesParameters
from reports.pages.research_panel import blocks as research_panel
from tests.conftest import ROOT, Ran

CITIES = ["bengkulu", "magelang", "bandar lampung", "33.12", "35.10"]
EDITIONS = range(2019, 2027)
SOURCE_FILES = {
    f"{name}.csv" for name in ("region_edition", "statements", "computed", "national", "breaks", "own", "likely_range")
}
CFF_SCHEMA = ROOT / "tests" / "fixtures" / "schemas" / "cff-1.2.0.json"
"""From the wheel of cffconvert 2.0.0 (Citation File Format, CC-BY-4.0). That tool asks for jsonschema 3 and JupyterLab
for jsonschema 4, so that both cannot be installed; its schema is all that it validates with."""


@pytest.fixture(scope="module")
def panel(example_home: Path) -> Panel:
    with open_snapshot(home=example_home) as snapshot:
        return read_panel(snapshot, cities=CITIES, editions=EDITIONS, has_simulated=True, has_ranges=True)


@pytest.fixture(scope="module")
def written(panel: Panel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written") / "deposit"
    own = pl.DataFrame({"kode": ["33.71", "17.71"], "nilai": [1.25, None], "catatan": ["a, b", ""]})
    write_deposit(panel.join(own, region="kode", prefix="own"), folder, publisher="Universitas Contoh")
    return folder


@pytest.fixture
def deposit(written: Path, tmp_path: Path) -> Path:
    """The files of a deposit in an empty folder."""
    folder = tmp_path / "kosong"
    for path in (path for path in written.rglob("*") if path.is_file()):
        copy = folder / path.relative_to(written)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    return folder


def test_frictionless_finds_every_file_as_described(written: Path) -> None:
    report = Package(str(written / "datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "type", "message"])[:5]
    checked = {task.place for task in report.tasks}
    assert {"panel.csv", "panel.parquet", "statements.csv", "own.csv"} <= checked
    assert {"likely_range.csv", "likely_range.parquet"} <= checked


def test_frictionless_finds_a_code_that_the_codebook_does_not_know(deposit: Path) -> None:
    text = (deposit / "region_edition.csv").read_text(encoding="utf-8")
    (deposit / "region_edition.csv").write_text(text.replace(",kota,", ",desa,", 1), encoding="utf-8")
    report = Package(str(deposit / "datapackage.json")).validate()
    assert not report.valid
    assert {"constraint-error", "hash-count"} <= {kind for (kind,) in report.flatten(["type"])}


def test_datacite_and_ro_crate_and_cff_hold(written: Path) -> None:
    described = json.loads((written / "datacite.json").read_text(encoding="utf-8"))
    schema45.validator.validate(described)
    assert described["publisher"] == {"name": "Universitas Contoh"} and described["publicationYear"] == "2026"
    with pytest.raises(jsonschema.ValidationError):
        schema45.validator.validate({**described, "publicationYear": 2026})
    crate = ROCrate(str(written))
    named = {entity.id for entity in crate.get_entities() if entity.type == "File"}
    folder = {path.relative_to(written).as_posix() for path in written.rglob("*") if path.is_file()}
    assert named == folder - {"datapackage.json", "checksums.sha256", "ro-crate-metadata.json"}
    schema = json.loads(CFF_SCHEMA.read_text(encoding="utf-8"))
    for path in (written / "CITATION.cff", ROOT / "CITATION.cff"):
        jsonschema.validate(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader), schema)
    bib = (written / "citation.bib").read_text(encoding="utf-8")
    assert "year         = {2026}" in bib and "{{Universitas Contoh}}" in bib


def test_checksums_are_of_every_file(written: Path) -> None:
    lines = (written / "checksums.sha256").read_text(encoding="utf-8").splitlines()
    named = {path: total for total, path in (line.split("  ") for line in lines)}
    files = {path.relative_to(written).as_posix(): path for path in written.rglob("*") if path.is_file()}
    assert named == {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in files.items()
        if name != "checksums.sha256"
    }


def test_a_naive_reader_keeps_the_key_of_a_region(written: Path) -> None:
    """Banyuwangi is 35.10: a reader that guesses makes its code 35.1, and leaves its key alone."""
    read = pd.read_csv(written / "panel.csv")
    banyuwangi = read[read["region_name"] == "Kabupaten Banyuwangi"]
    assert set(banyuwangi["region_key"]) == {"ID-35.10"}
    assert set(banyuwangi["region_code"]) == {35.1}, "as the README says"
    told = pd.read_csv(written / "panel.csv", dtype={"region_code": str})
    assert "35.10" in set(told["region_code"])
    assert 'dtype={"region_code": str}' in (written / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "read"), [("panel.dta", pyreadstat.read_dta), ("panel.sav", pyreadstat.read_sav)])
def test_stata_and_spss_have_rows_codes_and_labels(written: Path, panel: Panel, name: str, read: Any) -> None:
    rows, about = read(str(written / name))
    assert len(rows) == panel.frame.height
    predicate, iid = ("pub_predicate", "pub_iid") if name == "panel.dta" else ("published_predicate", "published_iid")
    labels = about.variable_value_labels[predicate]
    assert labels[1] == "Sangat Inovatif / Very innovative"
    codes = {1: "very_innovative", 2: "innovative", 3: "less_innovative", 4: "not_assessable"}
    assert [codes.get(value) for value in rows[predicate]] == panel.frame["published_predicate"].to_list()
    scores = [None if pd.isna(value) else value for value in rows[iid]]
    assert scores == panel.frame["published_iid"].cast(pl.Float64).to_list()
    assert list(rows["region_code"]) == panel.frame["region_code"].to_list()
    assert about.column_names_to_labels[iid].startswith("Skor terbit yang dipilih: indeks 0-100")
    assert about.creation_time.year == 2000


def test_parquet_says_what_its_columns_mean(written: Path) -> None:
    schema = pq.read_schema(written / "panel.parquet")
    told = schema.field("published_predicate").metadata
    assert json.loads(told[b"labels"])["innovative"] == {"id": "Inovatif", "en": "Innovative"}
    assert schema.field("published_iid").metadata[b"unit"] == b"0-100"
    assert all(schema.field(name).metadata[b"description_en"] for name in schema.names)
    assert b"snapshot" in schema.metadata


def test_the_same_panel_gives_the_same_bytes(panel: Panel) -> None:
    assert deposit_files(panel) == deposit_files(panel)


def test_a_deposit_is_made_again_in_an_empty_folder(deposit: Path, iga: Callable[..., Ran], tmp_path: Path) -> None:
    compared = replicate_deposit(deposit)
    told = dict(compared.select("file", "state").iter_rows())
    assert {name for name, state in told.items() if state == "source"} == SOURCE_FILES
    assert {state for name, state in told.items() if name not in SOURCE_FILES} == {"same"}
    assert {"panel.csv", "panel.dta", "codebook.id.pdf", "figures/published_scores.en.svg", "method.md"} <= set(
        compared["file"]
    )
    assert {"likely_range.parquet", "likely_range.dta", "likely_range.sav"} <= told.keys()
    ran = iga("replicate", str(deposit), "--format", "json", home=tmp_path / "no-home")
    assert ran.exit_code == 0, ran.err
    assert {row["state"] for row in json.loads(ran.out)} == {"same", "source"}


def test_a_changed_cell_is_found(deposit: Path, iga: Callable[..., Ran], tmp_path: Path) -> None:
    text = (deposit / "panel.csv").read_text(encoding="utf-8")
    (deposit / "panel.csv").write_text(text.replace("59.28", "69.28", 1), encoding="utf-8", newline="")
    ran = iga("replicate", str(deposit), "--format", "json", home=tmp_path / "no-home")
    assert ran.exit_code == 17
    told = {row["file"]: row for row in json.loads(ran.out) if row["state"] not in ("same", "source")}
    assert told.keys() == {"panel.csv"}
    assert told["panel.csv"]["state"] == "altered" and "69.28 ≠ 59.28" in told["panel.csv"]["detail"]


def test_a_changed_source_is_found_in_all_that_follows_from_it(deposit: Path) -> None:
    text = (deposit / "statements.csv").read_text(encoding="utf-8")
    (deposit / "statements.csv").write_text(text.replace("59.28", "69.28"), encoding="utf-8", newline="")
    states = dict(replicate(deposit).select("file", "state").iter_rows())
    assert states["statements.csv"] == "altered"
    assert {name for name, state in states.items() if state == "differs"} >= {
        "panel.csv", "panel.parquet", "panel.dta", "panel.sav", "selection_bounds.csv",
    }  # fmt: skip
    assert states["breaks.csv"] == "source"


def test_a_figure_that_was_drawn_otherwise_and_a_file_that_is_gone_are_found(deposit: Path) -> None:
    figure = deposit / "figures" / "published_scores.id.svg"
    figure.write_bytes(figure.read_bytes().replace(b"</svg>", b"<path/></svg>"))
    (deposit / "bias.csv").unlink()
    (deposit / "catatan.txt").write_text("x", encoding="utf-8")
    states = dict(replicate_deposit(deposit).select("file", "state").iter_rows())
    found = {name: state for name, state in states.items() if state not in ("same", "source")}
    assert found == {"figures/published_scores.id.svg": "altered", "bias.csv": "missing", "catatan.txt": "added"}


def test_a_folder_without_its_sources_is_refused(deposit: Path, tmp_path: Path) -> None:
    (deposit / "computed.csv").unlink()
    with pytest.raises(DepositUnreadable):
        replicate(deposit)
    with pytest.raises(DepositUnreadable):
        replicate(tmp_path)


def test_a_panel_whose_own_figures_were_changed_is_not_written(panel: Panel, tmp_path: Path) -> None:
    changed = panel.frame.with_columns(pl.lit("innovative").alias("published_predicate"))
    with pytest.raises(PanelAltered, match="published_predicate"):
        write_deposit(panel, tmp_path, changed)


def test_exported_rows_are_those_of_the_page(example_home: Path, iga: Callable[..., Ran], tmp_path: Path) -> None:
    cities, editions = ["bengkulu", "magelang", "bandar lampung"], list(range(2019, 2026))
    words = [word for city in cities for word in ("--city", city)]
    ran = iga("export", "panel", *words, "--editions", "2019-2025", "--out", str(tmp_path / "d"), home=example_home)
    assert ran.exit_code == 0, ran.err
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IGA_HOME", str(example_home))
        page = research_panel.open_panel(CompareCitiesParameters(cities=cities, editions=editions))
    assert read_deposit(tmp_path / "d").frame.equals(page.panel.frame)
    written = pl.read_csv(BytesIO((tmp_path / "d" / "panel.csv").read_bytes()), infer_schema=False)
    assert written.equals(pl.read_csv(BytesIO(page.panel.frame.write_csv().encode()), infer_schema=False))


def test_likely_ranges_stand_apart_from_the_panel_with_the_reasons_of_those_refused(
    written: Path, panel: Panel
) -> None:
    ranges = panel.sources.likely_range
    assert ranges is not None and set(ranges["region_code"]) == {"17.71", "18.71", "33.71"}
    assert ranges["low"].is_null().to_list() == ranges["refusal"].is_not_null().to_list()
    assert (
        ranges.filter(pl.col("refusal").is_not_null())
        .select(pl.col("refusal_id", "refusal_en") != "")
        .to_series()
        .all()
    )
    assert not {"low", "high", "central_low"} & set(panel.frame.columns)
    told = pd.read_csv(written / "likely_range.csv")
    assert set(told["region_key"]) == {"ID-17.71", "ID-18.71", "ID-33.71"}
    proof = ranges.filter(region_code="17.71", edition=2024, kind="deterministic")
    assert [str(value) for value in proof.select("low", "high").row(0)] == ["59.70", "88.23"]
    columns = pl.read_csv(written / "codebook.csv").filter(pl.col("table") == "likely_range")["column"].to_list()
    assert columns == ranges.columns
    assert pl.read_parquet(written / "likely_range.parquet").equals(ranges)
    schema = pq.read_schema(written / "likely_range.parquet")
    assert json.loads(schema.field("kind").metadata[b"labels"])["sampling"] == {"id": "pencuplikan", "en": "sampling"}
    assert all(schema.field(name).metadata[b"description_id"] for name in schema.names)
    labels = pl.read_csv(written / "labels.csv")
    assert not labels.select(pl.any_horizontal(pl.col("label_id", "label_en").str.contains("[{}]"))).to_series().any()
    for name in ("README.md", "method.md"):
        assert "likely_range.csv" in (written / name).read_text(encoding="utf-8")
    counts = f"{ranges['low'].count()} rentang yang diberikan dan {ranges['refusal'].count()} yang ditolak"
    assert counts in (written / "method.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "read"), [("dta", pyreadstat.read_dta), ("sav", pyreadstat.read_sav)])
def test_stata_and_spss_have_the_likely_ranges_with_labels(written: Path, panel: Panel, name: str, read: Any) -> None:
    rows, about = read(str(written / f"likely_range.{name}"))
    ranges = panel.sources.likely_range
    assert ranges is not None
    kinds = about.variable_value_labels["kind"]
    assert [kinds[int(value)].split(" / ")[1] for value in rows["kind"]] == [
        {"deterministic": "published facts"}.get(kind, kind) for kind in ranges["kind"]
    ]
    assert [None if pd.isna(value) else value for value in rows["low"]] == ranges["low"].cast(pl.Float64).to_list()
    assert list(rows["refusal_en"].fillna("")) == [text or "" for text in ranges["refusal_en"]]
    assert about.column_names_to_labels["low"].startswith("Ujung bawah rentang yang mungkin")


@pytest.mark.parametrize("words", [["--published-only"], []])
def test_without_submissions_no_likely_range_is_written(
    words: list[str], example_home: Path, iga: Callable[..., Ran], tmp_path: Path
) -> None:
    """Published figures alone have none; without simulated rows the example has none either, and says so."""
    folder = tmp_path / "d"
    ran = iga(
        "export", "panel", *words, "--city", "bengkulu", "--editions", "2024", "--out", str(folder), home=example_home
    )
    assert ran.exit_code == 0, ran.err
    files = {path.stem for path in folder.iterdir()}
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert ("likely_range" in files) is not bool(words)
    assert ("| `likely_range.csv`" in text) is not bool(words)
    if not words:
        assert pl.read_csv(folder / "likely_range.csv").is_empty()
    assert Package(str(folder / "datapackage.json")).validate().valid
    assert set(replicate_deposit(folder)["state"]) == {"same", "source"}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda text: text.replace("88.23", "78.23", 1), "altered"),
        (lambda text: text.replace("too_few_donors", "not_drawn", 1), "altered"),
    ],
)
def test_a_changed_range_is_found_with_its_other_formats(
    deposit: Path, change: Callable[[str], str], found: str
) -> None:
    path = deposit / "likely_range.csv"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8", newline="")
    states = dict(replicate(deposit).select("file", "state").iter_rows())
    assert states["likely_range.csv"] == found
    others = [states[f"likely_range.{form}"] for form in ("parquet", "dta", "sav")]
    assert others == ["differs"] * 3
    assert states["panel.csv"] == "same"


def test_sums_that_do_not_name_every_file_are_found(deposit: Path) -> None:
    """Whoever changes a source and takes its sum away is found by the sum that is not there."""
    path = deposit / "checksums.sha256"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "likely_range.csv" not in line), encoding="utf-8", newline="")
    told = {row["file"]: row for row in replicate_deposit(deposit).iter_rows(named=True)}
    assert told["checksums.sha256"]["state"] == "differs"
    assert told["checksums.sha256"]["detail"] == "likely_range.csv"
    for content in (b"", b"\xff\xfe\x00"):
        path.write_bytes(content)
        told = {row["file"]: row for row in replicate(deposit).iter_rows(named=True)}
        assert told["checksums.sha256"]["state"] == "differs"


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("statements.csv", b"\xff\xfe\x00"),
        ("likely_range.csv", b""),
        ("national.csv", None),
        ("datapackage.json", b"not json"),
        ("datapackage.json", b"[]"),
        ("datapackage.json", None),
    ],
)
def test_a_source_that_cannot_be_read_is_named(deposit: Path, file: str, content: bytes | None) -> None:
    (deposit / file).unlink()
    if content is not None:
        (deposit / file).write_bytes(content)
    with pytest.raises(DepositUnreadable) as refused:
        replicate(deposit)
    assert Path(str(refused.value.place)) == deposit / file


@pytest.mark.parametrize(
    "words",
    [
        "--city 11.01 --editions 2025",
        "--city bengkulu --editions 2015",
        "--city bengkulu --editions 2026 --simulated",
        "--city bengkulu --city 17.71 --editions 2023-2024 --simulated",
    ],
)
def test_little_is_a_deposit_too(words: str, example_home: Path, iga: Callable[..., Ran], tmp_path: Path) -> None:
    """No statement, no break within one edition, no season with bounds, a city named twice: the tables say so."""
    folder = tmp_path / "d"
    ran = iga("export", "panel", *words.split(), "--out", str(folder), home=example_home)
    assert ran.exit_code == 0, ran.err
    panel = pl.read_csv(folder / "panel.csv", infer_schema=False)
    assert panel.select("region_code", "edition", "is_simulated").is_unique().all()
    report = Package(str(folder / "datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "type", "message"])[:5]
    assert set(replicate_deposit(folder)["state"]) == {"same", "source"}
