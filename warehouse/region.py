"""Which region a text means: by name, alias or Kemendagri code, with homonyms told apart by type and province."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from warehouse.errors import UnknownName
from warehouse.reference import load_reference
from warehouse.region_history import former, region_states

_TYPE_WORDS = re.compile(
    r"^(?P<word>kota|kabupaten|kab\b\.?|provinsi|prov\b\.?)(?:[\s_-]+administrasi|[\s_-]+adm\b\.?)?[\s._-]+(?P<name>\S.*)$",
    re.IGNORECASE,
)
_TYPE_OF_WORD = {
    "kota": "kota",
    "kab": "kabupaten",
    "kabupaten": "kabupaten",
    "prov": "provinsi",
    "provinsi": "provinsi",
}
_CODE = re.compile(r"^\d{2}(?:\.?\d{2})?$")


@dataclass(frozen=True)
class Region:
    """A province, regency or city with its Kemendagri code (`17.71`) and its full name ("Kota Bengkulu")."""

    region_code: str
    region_type: str
    name: str
    full_name: str
    province_code: str | None
    province: str
    is_autonomous: bool


class RegionNotFound(UnknownName):
    """No region bears this name, alias or code; the next step lists names that come near."""


class RegionAmbiguous(UnknownName):
    """Several regions bear this name; the next step lists them."""


def resolve_region(text: str, *, region_type: str | None = None, province: str | None = None) -> Region:
    """The region that a text means: `Kota Bengkulu`, `kab. magelang`, `Bandarlampung`, `17.71` or `1771`.

    Case, spaces and punctuation do not matter. A type in the text ("Kota ...") or in `region_type` (`provinsi`,
    `kabupaten`, `kota`) and a `province` (name, alias or code) tell homonyms apart; without them a name that several
    regions bear (Magelang; Bengkulu, a city and a province) raises RegionAmbiguous. Raises RegionNotFound with near
    names when nothing fits. A former code or name (`91.01`, "Toba Samosir") means the region that bore it, and
    `province` may be the one that it belonged to then.
    """
    candidates = _candidates(text, region_type, province)
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise _ambiguous(text, candidates)
    raise _not_found(text, region_type)


def resolve_city(text: str) -> Region:
    """The region that the CITY argument of a command means; like `resolve_region`, but a city comes first.

    Where a name without a type fits several regions and exactly one of them is a city (kota), that city is meant:
    `magelang` is Kota Magelang and `bengkulu` Kota Bengkulu; write `kab. magelang` or a code for another one.
    """
    candidates = _candidates(text, None, None)
    cities = [region for region in candidates if region.region_type == "kota"]
    if len(cities) == 1:
        return cities[0]
    return resolve_region(text)


def regions_named(text: str) -> tuple[Region, ...]:
    """All regions that a text may mean; none where it names none."""
    return tuple(_candidates(text, None, None))


def resolve_statement(region_type: str, name: str, province: str | None = None) -> tuple[str | None, str]:
    """The region code of a published statement and how it was found: `name`, `alias`, or `unresolved` (code None).

    Type and name must fit; the province, where stated, must agree. A statement that does not resolve to exactly one
    region is kept without a code.
    """
    try:
        region = resolve_region(name, region_type=region_type, province=province or None)
    except UnknownName:
        return None, "unresolved"
    return region.region_code, "name" if _key(region.name) == _key(name) else "alias"


@cache
def region_of_code(region_code: str) -> Region:
    """The region of a Kemendagri code as written in the tables (`17.71`); raises RegionNotFound."""
    found = {region.region_code: region for region in _regions()}.get(region_code)
    if found is None:
        raise _not_found(region_code, None)
    return found


def _candidates(text: str, region_type: str | None, province: str | None) -> list[Region]:
    wanted = text.strip()
    types = {region_type} - {None}
    if _CODE.match(wanted):
        found = _by_code().get(wanted.replace(".", ""), ()) or _formerly(wanted)
    else:
        found = _by_name().get(_key(wanted), ())
        typed = _TYPE_WORDS.match(wanted)
        if not found and typed:
            types.add(_TYPE_OF_WORD[typed["word"].casefold().rstrip(".")])
            found = _by_name().get(_key(typed["name"]), ())
        found = found or _formerly(wanted)
    chosen = [region for region in found if types <= {region.region_type}]
    if province is None or not chosen:
        return chosen
    home = resolve_region(province, region_type="provinsi")
    return [region for region in chosen if home.region_code in _homes_of(region)]


def _formerly(text: str) -> tuple[Region, ...]:
    """The region that bore a code or name before."""
    state = former(text)
    return () if state is None else (region_of_code(state.region_code),)


def _homes_of(region: Region) -> set[str | None]:
    """The region itself, its province, and the provinces that it belonged to before."""
    states = region_states().get(region.region_code, ())
    return {region.region_code, region.province_code, *(one.province_code for one in states)}


@cache
def _regions() -> tuple[Region, ...]:
    columns = ("region_code", "region_type", "name", "full_name", "province_code", "province", "is_autonomous")
    return tuple(Region(*row) for row in load_reference("region").select(columns).iter_rows())


@cache
def _by_code() -> dict[str, tuple[Region, ...]]:
    return {region.region_code.replace(".", ""): (region,) for region in _regions()}


@cache
def _by_name() -> dict[str, tuple[Region, ...]]:
    index: dict[str, list[Region]] = {}
    for region in _regions():
        index.setdefault(_key(region.name), []).append(region)
        index.setdefault(_key(region.full_name), []).append(region)
    for alias, code in load_reference("region_alias").select("alias", "region_code").iter_rows():
        region = region_of_code(code)
        named = index.setdefault(_key(alias), [])
        if region not in named:
            named.append(region)
    return {name: tuple(regions) for name, regions in index.items()}


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def _ambiguous(text: str, candidates: list[Region]) -> RegionAmbiguous:
    named = "; ".join(f"{region.full_name} ({region.region_code})" for region in candidates)
    return RegionAmbiguous(
        "Several regions bear the name {text}",
        next_step="write its type or its code: {candidates}",
        text=text,
        candidates=named,
    )


def _not_found(text: str, region_type: str | None) -> RegionNotFound:
    meant = [region for region in _regions() if region_type in (None, region.region_type)]
    # By the bare name too: a misspelt "Bengkulu" is nearer to the city than to "Kabupaten Bengkulu Selatan".
    names = [name for region in meant for name in (region.full_name, region.name)]
    from rapidfuzz import fuzz, process

    found = process.extract(text, names, scorer=fuzz.WRatio, processor=str.casefold, limit=12, score_cutoff=70)
    near = list(dict.fromkeys(meant[place // 2] for _name, _score, place in found))[:3]
    return RegionNotFound(
        "The region {text} is not known",
        next_step="perhaps: {near}" if near else "write a region's name or its Kemendagri code, such as 17.71",
        text=text,
        near="; ".join(f"{region.full_name} ({region.region_code})" for region in near),
    )
