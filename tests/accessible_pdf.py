"""What PDF/UA-1 asks of a file as far as a program can tell, read with pypdf and apart from what made the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, BooleanObject, DictionaryObject

_TYPES = """
    Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct Private P H H1 H2 H3 H4 H5 H6 L LI Lbl LBody
    Table TR TH TD THead TBody TFoot Span Quote Note Reference BibEntry Code Link Annot Ruby RB RT RP Warichu WT WP
    Figure Formula Form
"""
STANDARD = frozenset(_TYPES.split())
"""The structure types of PDF 1.7; any other must be mapped to one of them."""


def faults_of(pdf: bytes) -> list[str]:
    """What is wrong with a PDF; empty for one that passes. Each fault begins with the clause of ISO 14289-1."""
    reader = PdfReader(BytesIO(pdf))
    root = reader.trailer["/Root"]
    nodes = list(_nodes(root.get("/StructTreeRoot", DictionaryObject())))
    return [*_document(reader, root), *_structure(root, nodes), *_tables(nodes), *_pages(reader), *_fonts(reader)]


def _document(reader: PdfReader, root: Any) -> Iterator[str]:
    metadata = root["/Metadata"].get_data().decode() if "/Metadata" in root else ""
    if not re.search(r"pdfuaid:part(>|=\")1", metadata):
        yield "5: the metadata do not say PDF/UA-1"
    if "dc:title" not in metadata or not (reader.metadata and reader.metadata.title):
        yield "7.1: no title"
    if root.get("/ViewerPreferences", {}).get("/DisplayDocTitle") != BooleanObject(True):
        yield "7.1: the window shows the file name, not the title"
    marks = root.get("/MarkInfo", {})
    if marks.get("/Marked") != BooleanObject(True) or marks.get("/Suspects") == BooleanObject(True):
        yield "7.1: not marked as tagged"
    if not root.get("/Lang"):
        yield "7.2: no language"
    if len(reader.pages) > 1 and "/Outlines" not in root:
        yield "7.17: no bookmarks"


def _structure(root: Any, nodes: list[Any]) -> Iterator[str]:
    if not nodes:
        yield "7.1: no structure"
    mapped = root.get("/StructTreeRoot", {}).get("/RoleMap", {})
    for node in nodes:
        kind = str(node["/S"])
        if str(mapped.get(kind, kind)).lstrip("/") not in STANDARD:
            yield f"7.1: {kind} is mapped to nothing"
        if kind in ("/Figure", "/Formula") and not (node.get("/Alt") or node.get("/ActualText")):
            yield f"7.3: a {kind[1:]} without alternative text"
        if kind == "/Link" and not node.get("/K"):
            yield "7.18.5: a link without content"
    levels = [int(str(node["/S"])[2:]) for node in nodes if re.fullmatch(r"/H[1-6]", str(node["/S"]))]
    if levels and levels[0] != 1:
        yield f"7.4.2: the first heading is of level {levels[0]}"
    for earlier, later in pairwise(levels):
        if later > earlier + 1:
            yield f"7.4.2: a heading of level {later} after one of level {earlier}"


def _tables(nodes: list[Any]) -> Iterator[str]:
    for table in (node for node in nodes if node["/S"] == "/Table"):
        rows = [node for node in _nodes(table) if node["/S"] == "/TR"]
        widths = {sum(_attribute(cell, "/ColSpan", 1) for cell in _children(row)) for row in rows}
        if len(widths) > 1:
            yield f"7.2: rows of a table have {sorted(widths)} columns"
        heads = [node for node in _nodes(table) if node["/S"] == "/TH"]
        if not heads:
            yield "7.5: a table without headings"
        if any(_attribute(head, "/Scope", None) is None for head in heads):
            yield "7.5: a heading of a table without scope"
    for node in nodes:
        asked = {"/LI": {"/L"}, "/TR": {"/Table", "/THead", "/TBody", "/TFoot"}, "/TH": {"/TR"}, "/TD": {"/TR"}}
        parents = asked.get(str(node["/S"]))
        if parents and str(node["/P"].get_object().get("/S")) not in parents:
            yield f"7.2: {node['/S']} stands in {node['/P'].get_object().get('/S')}"


def _pages(reader: PdfReader) -> Iterator[str]:
    for number, page in enumerate(reader.pages, start=1):
        if "/StructParents" not in page:
            yield f"7.1: page {number} is not part of the structure"
        annotations = [one.get_object() for one in page.get("/Annots", [])]
        if annotations and page.get("/Tabs") != "/S":
            yield f"7.18.3: page {number} has links but no tab order"
        for one in annotations:
            if one["/Subtype"] == "/Link" and "/StructParent" not in one:
                yield f"7.18.5: a link on page {number} is not part of the structure"
            if one["/Subtype"] == "/Link" and not one.get("/Contents"):
                yield f"7.18.5: a link on page {number} does not say where it leads"


def _fonts(reader: PdfReader) -> Iterator[str]:
    for font in _all_fonts(reader):
        name = font["/BaseFont"]
        inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
        described = inner.get("/FontDescriptor", DictionaryObject()).get_object()
        if font["/Subtype"] != "/Type3" and not {"/FontFile", "/FontFile2", "/FontFile3"} & set(described):
            yield f"7.21.4: {name} is not embedded"
        if "/ToUnicode" not in font:
            yield f"7.21.7: {name} says not which letters its glyphs are"


def _all_fonts(reader: PdfReader) -> Iterator[Any]:
    """Every font of the file, those of drawings within pages too."""
    for number in range(1, reader.trailer["/Size"]):
        found = reader.get_object(number)
        if isinstance(found, DictionaryObject) and found.get("/Type") == "/Font" and "CIDFont" not in found["/Subtype"]:
            yield found


def _nodes(node: Any) -> Iterator[Any]:
    """Every structure element under a node, in reading order, itself included."""
    if "/S" in node:
        yield node
    for child in _children(node):
        yield from _nodes(child)


def _children(node: Any) -> list[Any]:
    inner = node.get("/K", [])
    inner = inner if isinstance(inner, ArrayObject | list) else [inner]
    found = [child.get_object() for child in inner]
    return [child for child in found if isinstance(child, DictionaryObject) and "/S" in child]


def _attribute(node: Any, name: str, otherwise: Any) -> Any:
    given = node.get("/A", [])
    given = given.get_object() if hasattr(given, "get_object") else given
    for one in given if isinstance(given, list) else [given]:
        if name in one.get_object():
            return one.get_object()[name]
    return otherwise
