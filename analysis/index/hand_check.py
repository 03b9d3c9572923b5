"""What one index is computed from, innovation by innovation, so that a reader can compute it again by hand."""

from __future__ import annotations

import polars as pl

from analysis.season.frames import SeasonFrames


def counted_innovations(frames: SeasonFrames) -> pl.DataFrame:
    """The reported innovations of a season, with what each enters under its rulebook and the default assumptions.

    Columns: title, unit_name, stage, status, maturity_lower and maturity_upper (points, null where unknown), is_scored
    (enters the mean), is_in_divisor, is_counted (enters the number of innovations), affairs: the codes of the basic
    services that it covers, "?" where its main affair is not known; is_quarantined (it stands only in quarantine; its
    title may be null) and is_scored_unknown (stage or status could not be read: it is counted at the upper end alone).
    """
    rules = frames.rulebook
    assumed = rules.assumptions
    rejected = (pl.col("status") == "rejected").fill_null(value=False)
    other = ~pl.col("stage").is_in(list(assumed.stages_scored)).fill_null(value=True)
    no = pl.lit(value=False)
    known = frames.maturities().with_columns(no.alias("is_quarantined"), no.alias("is_scored_unknown"))
    stood = pl.concat([known, frames.quarantined()], how="diagonal_relaxed")
    unread = pl.col("is_scored_unknown")
    entered = stood.filter(~pl.col("status").is_in(assumed.uncounted_statuses).fill_null(value=False))
    in_divisor = (pl.lit(assumed.rejected_in_divisor) | ~rejected) & (pl.lit(assumed.other_stages_in_divisor) | ~other)
    in_count = (pl.lit(assumed.rejected_in_count) | ~rejected) & (pl.lit(assumed.other_stages_in_count) | ~other)
    with_cross = assumed.cross_affairs_cover_basic_service
    return entered.select(
        "title",
        "unit_name",
        "stage",
        "status",
        *(
            (pl.col(f"maturity_{end}_x100").cast(pl.Decimal(12, 2)) / 100)
            .cast(pl.Decimal(12, 2))
            .alias(f"maturity_{end}")
            for end in ("lower", "upper")
        ),
        (unread | (~rejected & ~other)).alias("is_scored"),
        (unread | in_divisor).alias("is_in_divisor"),
        (unread | in_count).alias("is_counted"),
        "is_quarantined",
        "is_scored_unknown",
        pl.Series(
            "affairs",
            [
                "?" if is_unread else _covered(main, cross if with_cross else None, rules.basic_service_affairs)
                for main, cross, is_unread in entered.select(
                    "main_affair_code", "cross_affair_codes", "is_scored_unknown"
                ).iter_rows()
            ],
            dtype=pl.String,
        ),
    )


def _covered(main: str | None, cross: str | None, services: tuple[str, ...]) -> str:
    codes = [code for code in (main, *(cross or "").split("|")) if code in services]
    return "|".join([*dict.fromkeys(codes), *(["?"] if main is None else [])])
