"""Scores a lake of Parquet files on Polars, DuckDB or Spark: the kernel alone, for more than one snapshot holds.

A lake is a folder with two tables, each a folder of Parquet files (docs/scale.md):

    submission/*.parquet   submission_id, region_code, edition, level_16 .. level_35 (Int8, null where unanswered), and
                           if known status, stage, main_affair_code, cross_affair_codes (two-digit codes joined by |)
    spd/*.parquet          region_code, edition, spd_x100, or spd_lower_x100 and spd_upper_x100 (whole hundredths)
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

from iga.rulebook import Assumptions, Rulebook, newest_complete_rulebook, rules_of
from iga.score import score_regions, score_submissions
from warehouse.connection import NO_EXTENSIONS, frame_of
from warehouse.errors import ExitCode, UnknownName, WorkbenchError

if TYPE_CHECKING:
    from typing import Literal

    Engine = Literal["polars", "duckdb", "spark"]

ENGINES = ("polars", "duckdb", "spark")
TABLES = ("submission", "spd")

SPARK_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.log.level": "ERROR",
}
"""What a session of our own is started with; a cluster's own settings (spark-submit, SPARK_CONF_DIR) come first."""


class EngineMissing(WorkbenchError):
    """The engine that was asked for is not installed."""

    exit_code = ExitCode.UNKNOWN


def score_lake(
    lake: str | Path,
    rulebook: Rulebook | int | str | None = None,
    *,
    engine: str = "polars",
    assumptions: Assumptions | None = None,
) -> pl.DataFrame:
    """The indices of all regions and editions of a lake, sorted by region and edition: columns of `score_regions`.

    Without a rulebook the newest complete one is taken. Equal on every engine to the last digit. Raises UnknownName for
    another engine or a lake without its tables, EngineMissing when pyspark is not installed, ScoreInvalid for missing
    columns.
    """
    folder = Path(lake)
    for table in TABLES:
        if not any((folder / table).glob("*.parquet")):
            raise UnknownName(
                "The lake lacks {table}",
                next_step="docs/scale.md says how a lake is laid out",
                place=str(folder),
                table=f"{table}/*.parquet",
            )
    rules, _ = rules_of(newest_complete_rulebook() if rulebook is None else rulebook)
    if engine not in ENGINES:
        raise UnknownName(
            "No engine is named {name}", next_step="those that exist: {known}", name=engine, known=", ".join(ENGINES)
        )
    run = {"polars": _on_polars, "duckdb": _on_duckdb, "spark": _on_spark}[engine]
    return run(folder, rules, assumptions).sort("region_code", "edition")


def _scored(submissions: Any, spd: Any, rules: Rulebook, assumptions: Assumptions | None) -> Any:
    return score_regions(score_submissions(submissions, rules), rules, spd=spd, assumptions=assumptions)


def _on_polars(folder: Path, rules: Rulebook, assumptions: Assumptions | None) -> pl.DataFrame:
    submissions, spd = (pl.scan_parquet(folder / table / "*.parquet") for table in TABLES)
    # The streaming engine holds a few row groups at a time, not the lake.
    return pl.DataFrame(_scored(submissions, spd, rules, assumptions).collect(engine="streaming"))


def _on_duckdb(folder: Path, rules: Rulebook, assumptions: Assumptions | None) -> pl.DataFrame:
    connection = duckdb.connect(config=NO_EXTENSIONS)
    connection.execute("set enable_progress_bar = false")  # on by default: its bar would land in a command's output
    try:
        submissions, spd = (connection.read_parquet(str(folder / table / "*.parquet")) for table in TABLES)
        scored = _scored(submissions, spd, rules, assumptions)
        found = frame_of(scored)
        del submissions, spd, scored  # relations must go before their connection
    finally:
        connection.close()
    return found


def _on_spark(folder: Path, rules: Rulebook, assumptions: Assumptions | None) -> pl.DataFrame:
    session = spark_session()
    submissions, spd = (session.read.parquet(str(folder / table)) for table in TABLES)
    return pl.DataFrame(_scored(submissions, spd, rules, assumptions).toArrow())


def spark_session() -> Any:
    """The running Spark session, or one of our own: local unless the environment names a cluster.

    Raises EngineMissing when pyspark is not installed or no Java runtime answers.
    """
    try:
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise _no_spark() from error
    builder = SparkSession.builder.appName("iga-workbench")
    for name, value in SPARK_SETTINGS.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except PySparkRuntimeError as error:
        raise _no_spark() from error


def _no_spark() -> EngineMissing:
    return EngineMissing(
        "Engine spark is not installed", next_step="install the extra spark and a Java runtime (docs/scale.md)"
    )
