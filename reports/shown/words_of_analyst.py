"""Words that an analyst gives to what a cell shows: a title and a note, a description for who cannot see a picture."""

from __future__ import annotations

import os
from typing import Any

from reports.blocks.block import Block
from reports.blocks.content import MIME, Part
from reports.shown.adapted import Asked
from reports.shown.adapters import adapted
from reports.shown.altair_charts import WORDS as CHART_WORDS
from reports.shown.cell_outputs import UNKNOWN_ORIGIN
from reports.shown.pictures import WORDS as PICTURE_WORDS
from reports.shown.refused import ShownRefused
from warehouse.language import DEFAULT_LANGUAGE, LANGUAGES, Language

MARKS = ("is_simulated", "is_published", "is_estimate")


def reader_language() -> Language:
    """Return the language of the report that is made, or of who sits at the notebook: `IGA_LANG`."""
    code = os.environ.get("IGA_LANG", DEFAULT_LANGUAGE)
    return Language(code if code in LANGUAGES else DEFAULT_LANGUAGE)


class ShownBlock(Block):
    """The parts of a value; without `knows_origin` a report marks them as its snapshot is."""

    knows_origin = True

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        data = super()._repr_mimebundle_(**options)
        return data if self.knows_origin else {**data, MIME: {**data[MIME], UNKNOWN_ORIGIN: True}}


def titled(value: Any, title: str, *, note: str = "", source: str = "", **marks: bool) -> Block:
    """Return what a report shows of a value, under a title, with a note below it.

    `marks` are is_simulated, is_published and is_estimate, where the value does not say so itself. Raises ShownRefused
    for a value that has neither rows nor a picture.
    """
    if unknown := sorted(set(marks) - set(MARKS)):
        raise TypeError(f"titled() takes no {unknown[0]}; the marks are {', '.join(MARKS)}")
    language = reader_language()
    made = adapted(value, Asked(language, title))
    places = [place for place, part in enumerate(made.parts) if part.kind in _TITLED] if made else []
    if made is None or not places:
        raise ShownRefused(
            kind=type(value).__name__,
            cause=language("it has no title"),
            next_step="write the title as a heading in Markdown",
        )
    parts = list(made.parts)
    parts[places[0]] = _with_title(parts[places[0]], title, note, source, marks)
    block = ShownBlock(parts, language)
    block.knows_origin = made.knows_origin or "is_simulated" in marks
    return block


_TITLED = ("table", "figure", "image", "facts")


def _with_title(part: Part, title: str, note: str, source: str, marks: dict[str, bool]) -> Part:
    changes: dict[str, Any] = dict(marks)
    below = " ".join(filter(None, [note, source]))
    match part.kind:
        case "table":
            changes |= {"caption": title, "note": " ".join(filter(None, [below, part.note]))}
        case "figure":
            data = part.data.model_copy(update={"caption": title, **marks})
            changes |= {"title": title, "source": source or part.source, "data": data}
            changes |= {"description": f"{part.description} {note}".strip()} if note else {}
        case "image":
            changes |= {"title": title, "source": below or part.source}
        case _:
            changes |= {"title": title}
    return part.model_copy(update=changes)


def described(picture: Any, description: str, *, title: str = "", source: str = "", units: str = "") -> Any:
    """Return the same chart or picture with a description for who cannot see it; JupyterLab shows it as before.

    It takes Altair charts, matplotlib figures, and `Image` and `SVG` of IPython. Raises TypeError for anything else.
    """
    words = {"description": description, "title": title, "source": source, "units": units}
    given = {name: text for name, text in words.items() if text}
    kinds = {(kind.__module__.partition(".")[0], kind.__name__) for kind in type(picture).__mro__}
    if ("altair", "TopLevelMixin") in kinds:
        named = {name: text for name, text in given.items() if name in ("description", "title")}
        others = {name: text for name, text in given.items() if name not in named}
        usermeta = {CHART_WORDS: others} if others else None
        return picture.properties(**named, **({"usermeta": usermeta} if usermeta else {}))
    if ("matplotlib", "Figure") in kinds:
        setattr(picture, PICTURE_WORDS, given)
        return picture
    if ("IPython", "DisplayObject") in kinds:
        picture.metadata = {**(picture.metadata or {}), "alt": description}
        return picture
    raise TypeError(
        f"described() takes a chart of Altair, a figure of matplotlib or a picture, not {type(picture).__name__}"
    )
