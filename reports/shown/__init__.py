"""What an analyst's cell shows, as parts of a report: frames, charts, pictures, texts, numbers, prints.

`titled` and `described` are for notebooks: a title and a note for what is shown, a description for a picture.

    from reports.shown import described, titled
    titled(frame, "Inovasi menurut tahap", note="Per 9 Agustus 2026")
    described(figure, "Garis naik dari 40 pada 2023 menjadi 71 pada 2026")
"""

from reports.shown.words_of_analyst import described, titled

__all__ = ["described", "titled"]
