"""The command restore: a backup laid into a new home."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from warehouse.errors import WorkbenchError
from warehouse.home import Home
from workbench.options import FormatOption, HomeOption, LanguageOption, home_of, language_of, language_of_environment
from workbench.output import Format, messages, show_row
from workbench.passphrase import PassphraseFileOption, passphrase_of

_ = language_of_environment()


def restore(
    file: Annotated[Path, typer.Argument(help=_("A file that `iga backup` wrote."), exists=True, dir_okay=False)],
    passphrase_file: PassphraseFileOption = None,
    forgotten: Annotated[
        Path | None,
        typer.Option(
            "--forgotten",
            help=_("forgotten.jsonl of the home that is replaced: what it erased is erased again."),
            exists=True,
            dir_okay=False,
            show_default=False,
        ),
    ] = None,
    home: HomeOption = None,
    form: FormatOption = Format.table,
    lang: LanguageOption = None,
) -> None:
    """Lay a backup into a new home, held to its hashes; a snapshot that cannot be read is built again."""
    from etl.tombstones import NAME, tombstones_in, user_list
    from warehouse.keeping.backup import restore as lay_back
    from warehouse.keeping.sealed import is_sealed

    place, language = home_of(home), language_of(lang)
    secret = passphrase_of(passphrase_file, language) if is_sealed(file) else None
    known = [path for path in (forgotten, user_list()) if path is not None]

    def erase_again(laid_back: Home) -> None:
        """Erase what this user or the former home erased, also from a backup that is older."""
        stones = dict.fromkeys(stone for path in (laid_back.root / NAME, *known) for stone in tombstones_in(path))
        if not stones:
            return
        from etl.forgetting.erasure import forget_again

        done = forget_again(laid_back, list(stones), datetime.now(tz=UTC).astimezone().date())
        if done is not None:
            text = language("What was erased for good was erased again: {count} file(s), {snapshots} snapshot(s)")
            count = len(done.rewritten) + len(done.removed)
            messages().print(text.format(count=count, snapshots=len(done.snapshots)))

    told = lay_back(file, place, secret, erase_again)
    if told["snapshot_id"] is not None and (reason := _unreadable(place)) is not None:
        text = language("The files are back; the current snapshot {id} cannot be read and is built again: {reason}")
        messages().print(escape(text.format(id=told["snapshot_id"], reason=reason.told(language)[0])))
        _build_again(place)
    text = language("{count} files, current snapshot {id}: {path}")
    messages().print(escape(text.format(count=told["file_count"], id=told["snapshot_id"] or "-", path=place.root)))
    show_row({"path": str(place.root), **told}, form, language)


def _unreadable(home: Home) -> WorkbenchError | None:
    """Why the current snapshot cannot be read by this version; None where it can."""
    from warehouse.snapshot import Snapshot

    try:
        with Snapshot.open(home=home.root) as snapshot:
            snapshot.sql("select count(*) from region_index join submission using (region_code, edition)")
    except WorkbenchError as error:
        return error
    return None


def _build_again(home: Home) -> None:
    """Build a snapshot from the archive; the file that cannot be read stays beside it."""
    from etl.publish import ingest

    ingest(home, today=datetime.now(tz=UTC).astimezone().date(), anew=True)
