"""The file's own word is held against its place: another region or year in it holds the file, and both are said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import PurePosixPath
from typing import Any

import polars as pl

from etl import contracts
from etl.lake import LakeFile
from etl.recognition.own_word import load_places
from etl.values.held import held_frames
from warehouse.region import Region, region_of_code, regions_named

RULE, TOLD = "own_word_differs", "own_word_doubtful"
OF_ONE_REGION = ("innovation_list", "control_sheet")
"""Kinds of files whose column of regions must name the region of the file; statements are of many."""
_SHORT = {"pemkot": "kota", "pemkab": "kabupaten", "pemprov": "provinsi", "kab": "kabupaten", "prov": "provinsi"}
_OFFICE = re.compile(r"^(?:pemerintah(?:an)?(?:\s+daerah)?|pemda)\s+", re.IGNORECASE)
_TYPE = re.compile(
    r"(?<![\w/])(kota|kabupaten|kab|provinsi|prov|pemkot|pemkab|pemprov)\b\.?[\s._-]+(?=\w)", re.IGNORECASE
)
_PART_OF_NAME = re.compile(
    r"(?:kecamatan|kelurahan|desa|puskesmas|jalan|jl\.?|sdn?|smpn?|sman?|rsud)\s+$", re.IGNORECASE
)
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_DATE = re.compile(r"\d{1,4}[-_.]\d{1,2}[-_.]\d{1,4}|\d{8,}")
_LONGEST_NAME = 4  # words of a region's name
_FEW = 5  # different texts of a column in which names without a type are regions, and not units


def with_own_word_heard(files: Sequence[LakeFile]) -> list[LakeFile]:
    """Return the files, with each held whose own word contradicts its place, and doubts told at the others.

    `place_confirmed = true` in the side file confirms the place.
    """
    return [_heard(file) for file in files]


def _heard(file: LakeFile) -> LakeFile:
    receipt = file.receipt
    if not file.own_word or file.held_rule is not None or receipt.region_code is None or receipt.place_confirmed:
        return file
    kind = file.declared.kind if file.declared else ""
    if kind == "statements":
        return file
    region, edition = region_of_code(receipt.region_code), receipt.edition or 0
    detail = _region_differs(file, region) if kind in OF_ONE_REGION else None
    detail = detail or _title_differs(file, region, edition)
    if detail is not None:
        detail["place"] = receipt.place_name
        frames = held_frames(file.frames["rows"], RULE, detail, file.frames["quarantine"])
        return replace(file, frames=frames, held_rule=RULE, held_detail=detail)
    told = [_rejection(one, receipt.place_name) for one in _doubts(file, region, edition)]
    if not told:
        return file
    frame = contracts.checked(contracts.Rejection, told)
    before = file.frames["quarantine"]
    quarantine = pl.concat([before, frame]) if before.width else frame
    return replace(file, frames={**file.frames, "quarantine": quarantine})


def _rejection(doubt: dict[str, str], place: str) -> dict[str, object]:
    detail = json.dumps({**doubt, "place": place}, ensure_ascii=False)
    return {"rule": TOLD, "scope": "cell", "original_text": doubt.get("text"), "detail": detail}


def _said(file: LakeFile, kind: str) -> list[dict[str, str]]:
    return [word for word in file.own_word if word["kind"] == kind]


def _is_within(region: Region, place: Region) -> bool:
    """Whether a region is the one of the file, its province, or lies in it where the file is a province's."""
    return region.region_code in (place.region_code, place.province_code) or region.province_code == place.region_code


def _region_differs(file: LakeFile, place: Region) -> dict[str, str] | None:
    """Return what a column of regions says, where it names another one than the file's."""
    words = _said(file, "column")
    for column in dict.fromkeys(word["column"] for word in words):
        here = [word for word in words if word["column"] == column]
        named = {word["text"]: _regions_of(word["text"]) for word in here}
        is_of_regions = int(here[0]["distinct"]) <= _FEW and all(named.values())
        others = [
            word
            for word in here
            if (is_of_regions or _has_type(word["text"]))
            and (regions := named[word["text"]])
            and not any(_is_within(region, place) for region in regions)
        ]
        if not others:
            continue
        texts = list(dict.fromkeys(word["text"] for word in here if named[word["text"]]))
        cause = "region_column" if len(texts) == 1 else "regions_several"
        first = min(others, key=lambda word: int(word["row"]))
        shown = ", ".join(texts[:_FEW]) + (" …" if len(texts) > _FEW else "")
        return {"cause": cause, "column": column, "stated": shown, "rows": first["rows"], "row": first["row"]}
    return None


def _has_type(text: str) -> bool:
    return _TYPE.match(_OFFICE.sub("", text.strip())) is not None


@cache
def _regions_of(text: str) -> tuple[Region, ...]:
    """Return the regions that a cell may mean: "Pemerintah Kota Salatiga", "Pemkab Magelang", "Kota Salatiga"."""
    name = _OFFICE.sub("", text.strip())
    typed = _TYPE.match(name)
    if typed is None:
        return regions_named(name) if re.search(r"[^\W\d_]", name) else ()
    return _of_type(typed[1], name[typed.end() :])


def _of_type(word: str, name: str) -> tuple[Region, ...]:
    """Return the regions of the type that a word says: "Kota Baru" is not Kabupaten Kotabaru."""
    kind = _SHORT.get(word.casefold(), word.casefold())
    return tuple(region for region in regions_named(f"{kind} {name}") if region.region_type == kind)


def _named_in(title: str) -> Iterator[tuple[str, tuple[Region, ...]]]:
    """Yield each name of a region within a text, with its type, and the regions that bear it."""
    for found in _TYPE.finditer(title):
        if _PART_OF_NAME.search(title[: found.start()]):
            continue
        words = re.split(r"[\s,;()|]+", title[found.end() :])[:_LONGEST_NAME]
        for count in range(len(words), 0, -1):
            name = " ".join(words[:count]).strip(" .:-")
            if name and (regions := _of_type(found[1], name)):
                yield f"{found[1]} {name}", regions
                break


def _title_differs(file: LakeFile, place: Region, edition: int) -> dict[str, str] | None:
    """Return what the titles above the table say, where they name another region or year, and none names the file's."""
    places = load_places()
    titles = [
        word
        for word in _said(file, "title")
        if not any(example in word["text"].casefold() for example in places.example_words)
    ]
    named = [(word, text, regions) for word in titles for text, regions in _named_in(word["text"])]
    if named and not any(_is_within(region, place) for _, _, regions in named for region in regions):
        word, text, _ = named[0]
        return {"cause": "title_region", "stated": text, "row": word["row"], "title": word["text"]}
    before = "|".join(re.escape(text) for text in sorted(places.year_words, key=len, reverse=True))
    stated = re.compile(rf"\b(?:{before})\s*:?\s*(20\d\d)(?!\d|\s*[-–/])", re.IGNORECASE)
    years = [(word, year) for word in titles for year in stated.findall(word["text"])]
    if years and all(year != str(edition) for _, year in years) and not _names_year(titles, edition):
        word, year = years[0]
        return {"cause": "title_year", "stated": year, "row": word["row"], "title": word["text"]}
    return None


def _names_year(titles: Sequence[dict[str, str]], edition: int) -> bool:
    return any(str(edition) in _YEAR.findall(word["text"]) for word in titles)


def _doubts(file: LakeFile, place: Region, edition: int) -> Iterator[dict[str, str]]:
    """Yield what a file says that is no proof: names of files, sheets and accounts, and dates of entry."""
    said = [("file_year", PurePosixPath(file.receipt.file_name).stem)]
    said += [("sheet_year", word["text"]) for word in _said(file, "sheet")]
    for cause, text in said:
        years = _YEAR.findall(_DATE.sub(" ", text))
        if years and str(edition) not in years:
            yield {"cause": cause, "stated": ", ".join(dict.fromkeys(years)), "text": text}
    accounts = [word["text"] for word in (*_said(file, "account"), *_said(file, "title"))]
    for text in accounts:
        account = re.search(r"\w+\.((?:kota|kab)[._-]?\w+)", text)
        named = [] if account is None else list(_named_in(re.sub(r"^(kota|kab)[._-]?", r"\1 ", account[1])))
        if named and not any(_is_within(region, place) for _, regions in named for region in regions):
            yield {"cause": "account", "stated": named[0][0], "text": text}
            break
    entries: list[Any] = _said(file, "entry_year")
    years_of_entry = sorted(int(word["text"]) for word in entries)
    outside = [year for year in years_of_entry if not edition - load_places().entry_years_before <= year <= edition + 1]
    if years_of_entry and len(outside) == len(years_of_entry):
        yield {"cause": "entry_dates", "column": entries[0]["column"], "stated": f"{outside[0]}–{outside[-1]}"}
