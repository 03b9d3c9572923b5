"""The kind of a file by its first bytes; its name is not asked."""

from __future__ import annotations

PDF, JPEG, PNG, DOCX, XLSX, PPTX, ODF, OLE, ZIP = "pdf", "jpeg", "png", "docx", "xlsx", "pptx", "odf", "ole", "zip"
MP4, GIF, WEBP, RAR, TEXT, LINK, UNKNOWN = "mp4", "gif", "webp", "rar", "text", "link", "unknown"
HEAD_BYTES = 4096
"""How many first bytes are enough."""
MAGIC = (
    (b"%PDF-", PDF),
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF8", GIF),
    (b"Rar!", RAR),
    (b"\xd0\xcf\x11\xe0", OLE),
)
OFFICE = ((b"word/", DOCX), (b"xl/", XLSX), (b"ppt/", PPTX), (b"mimetypeapplication/vnd.oasis", ODF))
PDF_WITHIN = 1024
"""A PDF may have other bytes before it, as far as this."""


def kind_of_content(head: bytes) -> str:
    """Return the kind that the first bytes tell; `unknown` for any other."""
    for magic, kind in MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(b"PK\x03\x04"):
        return next((kind for mark, kind in OFFICE if mark in head), DOCX if b"[Content_Types].xml" in head else ZIP)
    if head[4:8] == b"ftyp":
        return MP4
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if b"%PDF-" in head[:PDF_WITHIN]:
        return PDF
    if b"\x00" in head:
        return UNKNOWN
    text = head.decode("utf-8", errors="ignore").strip()
    is_link = text.startswith(("http://", "https://", "[InternetShortcut]")) or "<key>URL</key>" in text
    return LINK if is_link else TEXT if text.isprintable() or "\n" in text else UNKNOWN
