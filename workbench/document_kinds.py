"""What a document that is laid before the clinic may be."""

from enum import StrEnum


class DocumentKind(StrEnum):
    """What a document may be."""

    design = "design"
    decree = "decree"
    video = "video"
