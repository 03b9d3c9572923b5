"""Loading, a report and the lists of a season as functions that a cell of a notebook calls."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from analysis import open_snapshot
from analysis.history.changes.between_states import CHANGE_SCHEMA, changes_since_previous_export
from analysis.result import Result
from etl.outgoing.return_to_sender import Returned, write_returns
from etl.publish import LoadResult, ingest
from reports.run.declaration import LanguageCode, OutputKind, Report, Words
from warehouse import disk
from warehouse.file_names import ANY_LETTERS, slug
from warehouse.home import Home
from warehouse.language import Language
from warehouse.region import resolve_city
from warehouse.visible_text import visible
from workbench.desk.inbox import place_in_inbox

OnProgress = Callable[[str, int, int], None]
"""Called with a step, how much of it is done, and how much there is."""

THRESHOLD = "70"
"""The maturity below which the list "below" names innovations, unless another is given."""

REPORTS = "lab"
"""The folder of `<home>/reports` that reports made from a notebook go to."""

FILE_HEADERS = {
    "city": "City",
    "edition": "Edition",
    "file_name": "File",
    "stated_total": "Stated",
    "accepted_count": "Read",
    "merged_count": "Merged",
    "quarantined_count": "Quarantined",
    "status": "State",
}
UNIT_HEADERS = {"unit_name": "Unit", "unit_kind": "Kind of unit", "parent": "Parent unit", "sent": "Sent"}
INNOVATION_HEADERS = {"unit_name": "Unit", "title": "Innovation", "maturity": "Maturity"}
CHANGE_HEADERS = {
    "unit_name": "Unit",
    "title": "Innovation",
    "change": "Change",
    "before": "Before",
    "after": "After",
}


NO_CHANGE = ("level_given", "level_taken", "document_added", "document_removed")
"""What another kind of file (a control sheet) brings or lacks; a planner asks what the units have changed."""


@dataclass(frozen=True)
class Loaded:
    """What a load did: the result, the new files, and the workbooks that go back to their senders."""

    result: LoadResult
    is_first_seen: frozenset[str]
    returned: tuple[Returned, ...]

    @property
    def files(self) -> pl.DataFrame:
        """One row per received file, new ones first: stated total, read, merged and quarantined rows, state."""
        receipts = self.result.receipts.with_columns(
            pl.col("file_sha256").is_in(list(self.is_first_seen)).alias("is_new"),
            pl.col("region_code")
            .map_elements(lambda code: resolve_city(code).full_name, return_dtype=pl.String)
            .alias("city"),
        )
        return receipts.sort("is_new", "received_date", "file_name", descending=[True, True, False])

    def lines(self, language: Language) -> list[str]:
        """One line per new file: "Tertulis 274, terbaca 274, karantina 0", or why it was set aside."""
        text = language("{file}: stated {stated}, read {read}, quarantined {quarantined}")
        told = []
        for row in self.files.filter("is_new").iter_rows(named=True):
            if row["status"] == "held":
                held = language("{file}: set aside: {reason}")
                told.append(visible(held.format(file=row["file_name"], reason=row["held_reason"])))
                continue
            stated = "–" if row["stated_total"] is None else language.whole(row["stated_total"])
            read = language.whole(row["accepted_count"] + row["merged_count"])
            line = text.format(file=row["file_name"], stated=stated, read=read, quarantined=row["quarantined_count"])
            told.append(visible(line))
        return told


def load_inbox(home: str | Path | None = None, progress: OnProgress | None = None) -> Loaded:
    """Read the inbox, publish a snapshot, and write the workbooks that go back to senders.

    Raises HomeLocked when another load runs, AuditFailed when the build is not clean; the last snapshot then stands.
    """
    place = Home.at(home)
    place.create()
    known = {path.parent.name for path in place.archive.glob("*/*/receipt.json")}
    today = datetime.now(tz=UTC).astimezone().date()
    result = ingest(place, today=today, progress=progress)
    fresh = frozenset(result.receipts["file_sha256"]) - known
    returned = write_returns(place, result.receipts, result.quarantine)
    return Loaded(result, fresh, tuple(returned))


def save_to_inbox(city: str, edition: int, name: str, content: bytes, home: str | Path | None = None) -> Path:
    """Lay a file into `<inbox>/<city>/<edition>/`; a name that stands there already with other content gets a number.

    Only the last part of the name is kept, so that it cannot lead anywhere else.
    """
    return place_in_inbox(Home.at(home), city, edition, name, content)


def make_report(
    city: str,
    edition: int,
    *,
    notebook: str = "city_index",
    rules: str = "",
    lang: LanguageCode = "id",
    home: str | Path | None = None,
    outputs: Iterable[OutputKind] = ("html", "pdf"),
) -> list[Path]:
    """Run a notebook of a city and edition on the current snapshot and write its report; the files, HTML first.

    They lie in `<home>/reports/lab/`. A file that cannot be made is not among them, and the page says why. Raises
    UnknownName, EditionUnknown, NotebookFailed.
    """
    from reports.render.outputs import OutputContext, write_outputs
    from reports.run.notebook import run_notebook

    place, language = Home.at(home), Language(lang)
    with open_snapshot(home=place.root) as snapshot:
        region = snapshot.season_of(city, edition)
        context = OutputContext(
            site_title=language("IGA Workbench"),
            language=language,
            snapshot_id=snapshot.snapshot_id,
            software_version=str(snapshot.facts["software_version"]),
            is_simulated=bool(
                snapshot.seasons.filter((pl.col("region_code") == region.region_code) & (pl.col("edition") == edition))[
                    "is_simulated"
                ].any()
            ),
            home=place,
        )
    values = {"city": region.region_code, "edition": edition, "rulebook": rules}
    told = language("Index report") if notebook == "city_index" else language("Towards the next edition")
    heading = f"{region.full_name} {edition}"
    page = f"{slug(region.full_name, ANY_LETTERS)}-{edition}-{notebook.replace('_', '-')}-{lang}"
    report = Report(
        REPORTS, REPORTS, page, notebook, values, Words(id=heading, en=heading), Words(id=told, en=told),
        outputs=tuple(outputs), languages=(lang,),
    )  # fmt: skip
    executed = run_notebook(notebook, {**values, "lang": lang, "snapshot": context.snapshot_id}, home=place.root)
    folder = place.reports / REPORTS
    disk.make_folder(folder)
    standing = {output: "" for output in report.outputs if (folder / report.file_of(output)).is_file()}
    with tempfile.TemporaryDirectory(dir=folder, prefix=".page-") as aside:
        written = write_outputs(executed, report, replace(context, earlier=standing), Path(aside))
        disk.sync_tree(Path(aside))
        for name in written.files:
            disk.replace(Path(aside) / name, folder / name)
    return [folder / name for name in written.files]


def season_lists(
    city: str, edition: int, *, threshold: str = THRESHOLD, lang: str = "id", home: str | Path | None = None
) -> dict[str, Result]:
    """Who is silent, who sent only one, what lies below a maturity, what changed since the previous export.

    Keys: none_sent, one_sent, below, changed. Raises EditionUnknown.
    """
    language = Language(lang)
    with open_snapshot(home=home) as snapshot:
        snapshot.use_language(lang)
        season = snapshot.readiness(city, edition, threshold=threshold)
        frames = season.found.frames
        units = season.units.with_columns(
            pl.Series("unit_kind", [language.label("unit_kind", kind) for kind in season.units["unit_kind"]]),
            pl.lit(frames.is_simulated).alias("is_simulated"),
        )
        account = season.found.account
        below = account.below.with_columns(
            (pl.col("score_x100").cast(pl.Decimal(12, 2)) / 100).cast(pl.Decimal(12, 2)).alias("maturity")
        )
        since = changes_since_previous_export(snapshot, frames.region_code, edition)
    changed = pl.DataFrame(schema=CHANGE_SCHEMA) if since is None else since.innovations
    changed = changed.filter(~pl.col("change").is_in(NO_CHANGE))
    changed = changed.with_columns(
        pl.Series("change", [language.label("change", code) for code in changed["change"]], dtype=pl.String)
    )

    def listed(name: str, frame: pl.DataFrame, headers: dict[str, str]) -> Result:
        shown = {column: language(text) for column, text in headers.items()}
        count = frame["submission_id"].n_unique() if "submission_id" in frame.columns else frame.height
        return Result(frame=frame, title=f"{name}: {language.whole(count)}", language=language, shown=shown)

    return {
        "none_sent": listed(
            language("Nothing received by {day}").format(day=language.date(account.on)),
            units.filter(pl.col("unit_id").is_in(sorted(account.silent_ids))),
            UNIT_HEADERS,
        ),
        "one_sent": listed(
            language("Only one"),
            units.filter(pl.col("unit_name").is_in(account["units_with_one"].names) & (pl.col("sent") == 1)),
            UNIT_HEADERS,
        ),
        "below": listed(language("Below {threshold}").format(threshold=threshold), below, INNOVATION_HEADERS),
        "changed": listed(language("Changed since the previous export"), changed, CHANGE_HEADERS),
    }
