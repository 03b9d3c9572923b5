"""Comments in a copy of a unit's Word document, at the place; or in a new document of its text."""

from __future__ import annotations

import io
from collections.abc import Sequence

from etl.cells.sheets import UnreadableFile
from etl.worker.messages import Answer

AUTHOR = "IGA Workbench"


def comment_task(content: bytes, arguments: tuple[Sequence[str], Sequence[tuple[int | None, str]]]) -> Answer:
    """Return the document with comments. `arguments` are paragraphs for a new document, and (place, text) pairs.

    A place is that of a paragraph in the document, in the order of its file; None is the beginning.
    """
    import docx
    from docx.text.paragraph import Paragraph

    paragraphs, comments = arguments
    if content:
        try:
            document = docx.Document(io.BytesIO(content))
        except Exception as error:
            raise UnreadableFile.because("workbook_damaged", reason=type(error).__name__) from error
    else:
        document = docx.Document()
        for text in paragraphs:
            document.add_paragraph("".join(sign for sign in text if sign.isprintable()))
    tag = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}p"
    places = list(document.element.body.iter(tag))
    if not places:
        document.add_paragraph(" ")
        places = list(document.element.body.iter(tag))
    for place, text in comments:
        at = place if place is not None and place < len(places) else 0
        paragraph = Paragraph(places[at], document._body)
        runs = paragraph.runs or [paragraph.add_run(" ")]
        document.add_comment(runs=[runs[0], runs[-1]], text=text, author=AUTHOR, initials="IGA")
    stream = io.BytesIO()
    document.save(stream)
    return Answer({}, {"document": stream.getvalue()})
