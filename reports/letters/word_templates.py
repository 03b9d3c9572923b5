"""The Word templates that are used until a city brings its own: plain paragraphs and tables with places to fill."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

from reports.city_settings import wording

PAPERS_MM = {"A4": (210, 297), "F4": (215, 330)}
ANNEX_MM = (10, 30, 38, 14, 16, 33, 53, 22, 26, 24)


@cache
def default_template(kind: str, paper: str, font: str, size: float) -> bytes:
    """The template of a document (a kind of `_WRITERS`) on a paper (A4, F4), in a font."""
    page = _Page(paper, font, size)
    page.letterhead()
    _WRITERS[kind](page)
    stream = io.BytesIO()
    page.document.save(stream)
    return stream.getvalue()


class _Page:
    """A Word document that is written from the top."""

    def __init__(self, paper: str, font: str, size: float) -> None:
        from docx import Document
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.oxml.ns import qn
        from docx.shared import Mm, Pt

        self.paper, self.size = paper, size
        self.pt, self.mm, self.align = Pt, Mm, WD_ALIGN_PARAGRAPH
        self.document: Any = Document()
        style = self.document.styles["Normal"]
        style.font.name, style.font.size = font, Pt(size)
        style.element.rPr.rFonts.set(qn("w:eastAsia"), font)
        style.paragraph_format.space_after = style.paragraph_format.space_before = Pt(0)
        style.paragraph_format.line_spacing = 1.0
        language = style.element.rPr.makeelement(qn("w:lang"), {qn("w:val"): "id-ID"})
        style.element.rPr.append(language)
        section = self.document.sections[0]
        width, height = PAPERS_MM[paper]
        section.page_width, section.page_height = Mm(width), Mm(height)
        section.left_margin, section.right_margin = Mm(25), Mm(20)
        section.top_margin, section.bottom_margin = Mm(15), Mm(15)
        section.header_distance = section.footer_distance = Mm(7)
        self.width = width - 45
        self._margins(section)

    def _margins(self, section: Any) -> None:
        """The mark of a draft above, what the document rests on below."""
        above = section.header.paragraphs[0]
        above.alignment = self.align.RIGHT
        run = above.add_run("{{ tanda }}")
        run.bold, run.font.size = True, self.pt(9)
        below = section.footer.paragraphs[0]
        below.add_run("{{ catatan_kaki }}").font.size = self.pt(7)

    def text(self, words: str, *, bold: bool = False, align: str = "left", after: float = 0, before: float = 0) -> Any:
        """A paragraph."""
        return self.put(self.document.add_paragraph(), words, bold=bold, align=align, after=after, before=before)

    def put(
        self,
        paragraph: Any,
        words: str,
        *,
        bold: bool = False,
        align: str = "left",
        after: float = 0,
        before: float = 0,
    ) -> Any:
        """Words into a paragraph that is there."""
        paragraph.add_run(words).bold = bold
        paragraph.alignment = getattr(self.align, align.upper())
        paragraph.paragraph_format.space_after, paragraph.paragraph_format.space_before = (
            self.pt(after),
            self.pt(before),
        )
        return paragraph

    def table(self, rows: int, widths: tuple[float, ...], *, grid: bool = False) -> Any:
        """A table with fixed widths in millimetres."""
        made = self.document.add_table(rows, len(widths), style="Table Grid" if grid else None)
        made.autofit = False
        for row in made.rows:
            for cell, width in zip(row.cells, widths, strict=True):
                cell.width = self.mm(width)
        for column, width in zip(made.columns, widths, strict=True):
            column.width = self.mm(width)
        return made

    def letterhead(self) -> None:
        """Coat of arms, government, agency, address over a double line."""
        made = self.table(1, (24, self.width - 48, 24))
        self.put(made.cell(0, 0).paragraphs[0], "{{ lambang }}", align="center")
        middle = made.cell(0, 1)
        lines = (("{{ pemerintah }}", 3), ("{{ instansi }}", 3), ("{{ alamat }}", -1.5), ("{{ kontak }}", -1.5))
        for place, (words, more) in enumerate(lines):
            paragraph = middle.paragraphs[0] if place == 0 else middle.add_paragraph()
            run = self.put(paragraph, words, bold=more > 0, align="center").runs[0]
            run.font.size = self.pt(self.size + more)
        self._rule(self.text("", after=6))

    def _rule(self, paragraph: Any) -> None:
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        borders = OxmlElement("w:pBdr")
        line = OxmlElement("w:top")
        for name, value in (("val", "thickThinSmallGap"), ("sz", "18"), ("space", "1"), ("color", "000000")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
        paragraph._p.get_or_add_pPr().append(borders)
        paragraph.paragraph_format.line_spacing = self.pt(6)

    def fields(self) -> None:
        """The lines of the head, name and value."""
        made = self.table(3, (28, 4, self.width - 32))
        made.cell(0, 0).paragraphs[0].add_run("{%tr for baris in kepala %}")
        for column, words in enumerate(("{{ baris.nama }}", ":", "{{ baris.isi }}")):
            self.put(made.cell(1, column).paragraphs[0], words, after=1.5)
        made.cell(2, 0).paragraphs[0].add_run("{%tr endfor %}")

    def signature(self, *, heading: str = "") -> None:
        """Office, space for the electronic signature, name, rank, NIP; left out of a draft."""
        self.text("{%p if bertanda_tangan %}")
        made = self.table(1, (self.width * 0.45, self.width * 0.55))
        cell = made.cell(0, 1)
        self.put(cell.paragraphs[0], heading, before=6)
        self.put(cell.add_paragraph(), "{{ jabatan }},")
        self.put(cell.add_paragraph(), "{{ ruang_tanda_tangan }}", before=14, after=14).runs[0].font.size = self.pt(8)
        self.put(cell.add_paragraph(), "{{ nama }}", bold=True).runs[0].underline = True
        self.put(cell.add_paragraph(), "{{ pangkat }}")
        self.put(cell.add_paragraph(), "NIP {{ nip }}")
        self.text("{%p endif %}")

    def copies(self) -> None:
        """Tembusan, where there are any."""
        self.text("{%p if tembusan %}")
        self.text("Tembusan:", before=8)
        self.text("{%p for salinan in tembusan %}")
        self.text("{{ loop.index }}. {{ salinan }}")
        self.text("{%p endfor %}")
        self.text("{%p endif %}")


def _fact_sheet(page: _Page) -> None:
    _nota_dinas(page, has_results=True)


def _nota_dinas(page: _Page, *, has_results: bool = False) -> None:
    page.text("{{ judul }}", bold=True, align="center", after=6)
    page.fields()
    page._rule(page.text("", before=2, after=2))
    page.text("{%p for bagian in bagian %}")
    page.text("{{ bagian.nomor }}. {{ bagian.judul }}", bold=True, before=4, after=1.5)
    page.text("{%p for butir in bagian.butir %}")
    point = page.text("{{ 'abcdefghijklmnopqrstuvwxyz'[loop.index0] }}.\t{{ butir }}", align="justify", after=1)
    point.paragraph_format.left_indent, point.paragraph_format.first_line_indent = page.mm(10), page.mm(-6)
    point.paragraph_format.tab_stops.add_tab_stop(page.mm(10))
    page.text("{%p endfor %}")
    page.text("{%p endfor %}")
    if has_results:
        _results(page)
    page.text("{{ penutup }}", before=6, after=4)
    page.signature()


def _unit_letter(page: _Page) -> None:
    _letter(page)
    _annex(page)


def _letter(page: _Page, *, has_results: bool = False) -> None:
    page.text("{{ tempat_tanggal }}", align="right", after=4)
    page.fields()
    page.text("Yth. {{ tujuan }}", before=10)
    page.text("di Tempat", after=10)
    page.text("{%p for alinea in pembuka %}")
    page.text("{{ alinea }}", align="justify", after=6).paragraph_format.first_line_indent = page.mm(10)
    page.text("{%p endfor %}")
    if has_results:
        _results(page)
    page.text("{{ penutup }}", align="justify", after=10).paragraph_format.first_line_indent = page.mm(10)
    page.signature()
    page.copies()


def _region_letter(page: _Page) -> None:
    _letter(page, has_results=True)


def _annex(page: _Page) -> None:
    """The list of units, on pages turned to their side; its heading row is repeated."""
    from docx.enum.section import WD_ORIENT, WD_SECTION
    from docx.oxml import OxmlElement

    section = page.document.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    section.left_margin = section.right_margin = page.mm(15)
    page.text("LAMPIRAN", bold=True)
    page.text("{{ judul_lampiran }}", bold=True, after=6)
    heads = wording()["unit_letter"]["heads"]
    room = max(PAPERS_MM[page.paper]) - 30
    widths = tuple(width * room / sum(ANNEX_MM) for width in ANNEX_MM)
    made = page.table(4, widths, grid=True)
    for column, head in enumerate(heads):
        page.put(made.cell(0, column).paragraphs[0], head, bold=True, align="center").runs[0].font.size = page.pt(8)
        cell = page.put(made.cell(2, column).paragraphs[0], f"{{{{ baris[{column}] }}}}")
        cell.runs[0].font.size = page.pt(8)
        if column in (3, 4, 7):
            cell.alignment = page.align.RIGHT
    made.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    made.rows[2]._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    made.cell(1, 0).paragraphs[0].add_run("{%tr for baris in baris_lampiran %}")
    made.cell(3, 0).paragraphs[0].add_run("{%tr endfor %}")


def _results(page: _Page) -> None:
    """The tables of results, where there are any."""
    page.text("{%p for hasil in tabel %}")
    page.text("{{ hasil.judul }}", bold=True, before=6, after=2)
    made = page.document.add_table(4, 3, style="Table Grid")
    cells = (
        ("{%tc for judul in hasil.kolom %}", "{{ judul }}", "{%tc endfor %}"),
        ("{%tr for baris in hasil.baris %}", "", ""),
        ("{%tc for isi in baris %}", "{{ isi }}", "{%tc endfor %}"),
        ("{%tr endfor %}", "", ""),
    )
    for row, texts in enumerate(cells):
        for column, words in enumerate(texts):
            run = page.put(made.cell(row, column).paragraphs[0], words, bold=row == 0).runs[0]
            run.font.size = page.pt(page.size - 1.5)
    page.text("{%p endfor %}")


def _minutes(page: _Page) -> None:
    page.text("{{ judul }}", bold=True, align="center")
    page.text("{{ subjudul }}", bold=True, align="center")
    page.text("Nomor: {{ nomor }}", align="center", after=10)
    page.text("{%p for alinea in pembuka %}")
    page.text("{{ alinea }}", align="justify", after=6)
    page.text("{%p endfor %}")
    _results(page)
    page.text("{%p for butir in keterangan %}")
    page.text("{{ butir }}", before=3)
    page.text("{%p endfor %}")
    page.text("{{ penutup }}", before=8, after=8)
    page.text("{%p if juri %}")
    made = page.table(3, (page.width * 0.5, page.width * 0.5))
    made.cell(0, 0).paragraphs[0].add_run("{%tr for nama_juri in juri %}")
    page.put(made.cell(1, 0).paragraphs[0], "{{ loop.index }}. {{ nama_juri }}", before=6, after=6)
    page.put(made.cell(1, 1).paragraphs[0], "........................................", before=6, after=6)
    made.cell(2, 0).paragraphs[0].add_run("{%tr endfor %}")
    page.text("{%p endif %}")
    page.signature(heading=wording()["minutes"]["known"])


_WRITERS = {
    "nota-dinas": _nota_dinas,
    "surat-unit": _unit_letter,
    "berita-acara": _minutes,
    "surat-daerah": _region_letter,
    "surat-sanggahan": _region_letter,
    "serah-terima": _nota_dinas,
    "lembar-fakta": _fact_sheet,
}
"""What writes the template of each kind of document."""
