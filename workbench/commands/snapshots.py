"""Commands about the published snapshots: list, keep, prune."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape

from workbench.options import FormatOption, HomeOption, LanguageOption, home_of, language_of, language_of_environment
from workbench.output import Format, messages, show, show_row

_ = language_of_environment()

app = typer.Typer()

SNAPSHOT_HEADERS = {
    "snapshot_id": "Snapshot",
    "published_at": "Published",
    "size_bytes": "Bytes",
    "is_current": "Current",
}
PRUNED_HEADERS = {
    "snapshot_id": "Snapshot",
    "published_at": "Published",
    "size_bytes": "Bytes",
    "is_pruned": "Pruned",
    "kept_by": "Kept because of",
}


@app.callback(invoke_without_command=True)
def snapshots(
    context: typer.Context,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """The published snapshots, newest first."""
    if context.invoked_subcommand is None:
        from warehouse import list_snapshots

        show(list_snapshots(home_of(home).root), form, language_of(lang), headers=SNAPSHOT_HEADERS)


@app.command("keep", help=_("Keep a snapshot that something outside the home names."))
def keep(
    snapshot_id: Annotated[str, typer.Argument(help=_("Id of the snapshot."))],
    reason: Annotated[str, typer.Option("--reason", help=_("What names it: a paper, a letter, a page."))],
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Keep a snapshot that something outside the home names."""
    from warehouse.keeping.retention import cite

    now = datetime.now(tz=UTC).astimezone()
    cite(home_of(home), snapshot_id, now.date(), reason)
    language = language_of(lang)
    messages().print(escape(language("Snapshot {id} is kept: {reason}").format(id=snapshot_id, reason=reason)))
    show_row({"snapshot_id": snapshot_id, "kept_date": now.date(), "reason": reason}, form, language)


@app.command("prune", help=_("Take away old snapshots that no rule, report or citation keeps."))
def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Tell only; take nothing away."))] = False,
    keep_newest: Annotated[
        int | None, typer.Option("--keep-newest", help=_("How many of the newest are kept."), min=1, show_default=False)
    ] = None,
    keep_days: Annotated[
        int | None, typer.Option("--keep-days", help=_("How many days each is kept."), min=0, show_default=False)
    ] = None,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Take away old snapshots that no rule, report or citation keeps (`warehouse/keeping/retention.toml`)."""
    from warehouse.keeping.retention import apply_retention, load_retention, prune as take_away

    language = language_of(lang)
    rule = load_retention(keep_newest, keep_days)
    judged = take_away(home_of(home), rule, datetime.now(tz=UTC), dry_run=dry_run)
    show(judged, form, language, headers=PRUNED_HEADERS)
    if old := apply_retention(home_of(home), datetime.now(tz=UTC), dry_run=dry_run):
        text = language("Files older than their kind is kept for: {names}")
        messages().print(escape(text.format(names=", ".join(old))), soft_wrap=True)
    if dry_run:
        messages().print(language("Told only: nothing was taken away."))
