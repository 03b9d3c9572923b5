# ruff: noqa: E501  a sentence of a finding is one line
"""Findings of the clinic in words."""

from __future__ import annotations

from analysis.clinic.demands import Finding
from warehouse.language import Language


def _as_msgid(text: str) -> str:
    """Return the text: it is translated where it is shown."""
    return text


_ = _as_msgid

FINDINGS = {
    "unreadable_empty": _("The file is empty"),
    "unreadable_password": _("The file is locked with a password"),
    "unreadable_damaged": _("The file is damaged and does not open"),
    "unreadable_scan": _(
        "A scan that cannot be read: install Tesseract with Indonesian (Debian: apt-get install tesseract-ocr tesseract-ocr-ind; Windows: winget install UB-Mannheim.TesseractOCR)"
    ),
    "unreadable_no_text": _("No text was recognised in the picture"),
    "unreadable_pictures": _("It holds pictures and no text: save it as PDF, so that it can be read"),
    "unreadable_unknown": _("What kind of file it is, is not known"),
    "unreadable_packed": _("A packed file: unpack it first"),
    "unreadable_zip": _("A ZIP within the evidence: unpack it first"),
    "unreadable_old_office": _("An old Word or Excel file: save it as .docx or PDF"),
    "unreadable_costs_too_much": _("Reading the file takes more than a file may"),
    "part_missing": _("Part missing: {name}"),
    "part_empty": _("Part empty or nearly so: {name}"),
    "part_not_sure": _("Part without a heading of its own, perhaps here: {name} ({where})"),
    "parts_not_known": _(
        "The parts that edition {edition} asks for are not known; those of the form of 2026 are held against it"
    ),
    "words_not_known": _("The least number of words of edition {edition} is not known"),
    "too_few_words": _("{count} words, at least {least} are asked for"),
    "repeated": _("The same paragraph stands {times} times: {text}"),
    "placeholder": _("Text to be replaced was left: {text}"),
    "other_innovation": _("Names another innovation: {title} ({times} times)"),
    "title_not_named": _("The text does not name {title}"),
    "draft_number": _("The number is left blank: a draft"),
    "no_number": _("No number was found"),
    "draft_word": _("Marked as a draft: {word}"),
    "no_date": _("The day on which it was set was not found"),
    "impossible_date": _("A day that there is not: {text}"),
    "year_outside": _("Of {year}; the edition takes {first} to {last}"),
    "year_too_late": _("Of {year}; a Perda or Perkada must be from before {edition}"),
    "years_not_stated": _("Of which years edition {edition} takes such papers is not stated"),
    "window_not_known": _("The window of edition {edition} is not known"),
    "not_year_of_implementation": _("Of {year}, implemented in {other}"),
    "year_differs": _("The number says {number}, the day says {day}"),
    "innovation_not_named": _("The document does not name {title}"),
    "perhaps_a_word": _("The name of {title} is found in small letters only ({word}): is the innovation meant?"),
    "regulation_needs_list": _("A Perda counts together with a Perkada or SK that lists the innovations: is it there?"),
    "promulgated_later": _("Set in {year}, promulgated in {later}: which of the two counts is not known"),
    "other_host": _("A link to {host}; the rulebook names Google Drive and YouTube"),
    "no_signature": _("No signature line was found"),
    "other_region": _("Of another region: {region}"),
    "attachment_only": _("An attachment without its decree"),
    "no_decree": _("Not recognised as a decree or assignment"),
    "recognised": _("Read from a scan: look at the picture"),
    "wrong_format": _("A file of kind {kind}; asked for: {kinds}"),
    "too_large": _("{size} MB, at most {most} MB"),
    "too_long": _("{length} minutes, at most {most}"),
    "length_not_known": _("How long the film is, is not known"),
    "film_not_looked_at": _("What the film shows was not looked at"),
    "picture_not_looked_at": _("A picture of {width} × {height} dots; its logo and what it shows were not looked at"),
    "no_picture": _("The edition asks for a picture (thumbnail); none lies with the video"),
    "link_only": _("A link alone: nothing is fetched, so nothing is known of it"),
}
"""What each finding says, by its code (catalogue keys)."""


def told(finding: Finding, language: Language) -> str:
    """Return a finding in words; a code without words is shown as it is."""
    values = dict(finding.values)
    values["name"] = values.get(f"name_{language.code}", values.get("name_id", ""))
    text = language(FINDINGS[finding.code]) if finding.code in FINDINGS else finding.code
    return text.format_map(_Named(values))


class _Named(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "–"
