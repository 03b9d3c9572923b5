"""What a simulated region has to tell: its units and innovations, plainly marked as simulated, and their truth."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from etl.values.columns import EditionScale
from simulation.city_effects import CityEffects
from warehouse.reference import load_reference
from warehouse.region import Region

STAGES = ("initiative", "trial", "implementation")
HAS_DOCUMENT = 0.9
"""The share of answers above level 0 whose document is there."""
_WORDS = ("Layanan", "Gerakan", "Sistem", "Kampung", "Pojok", "Rumah", "Kelas", "Aksi", "Jemput", "Posko")
_THEMES = ("Warga", "Belajar", "Sehat", "Tani", "Sampah", "Air", "Data", "Pasar", "Lansia", "Ibu dan Anak")


@dataclass(frozen=True)
class Unit:
    """A unit that reports."""

    code: str
    name: str
    kind: str
    affair_code: str


@dataclass
class Entry:
    """One innovation as it truly is; ``levels`` by indicator number."""

    serial: int
    title: str
    unit: Unit
    stage: str
    affair_code: str
    cross_affairs: tuple[str, ...]
    initiator_kind: str
    is_digital: bool
    form: str
    trial_date: date | None
    implementation_date: date | None
    development_date: date | None
    levels: dict[str, int]
    documents: dict[str, bool]
    maturity: Decimal
    external_id: str
    latitude: Decimal
    longitude: Decimal
    note: str = ""
    extra: dict[str, str] = field(default_factory=dict)


def affair_names() -> dict[str, str]:
    """The Indonesian name of each government affair by its code."""
    return dict(load_reference("government_affair").select("affair_code", "name_id").iter_rows())


def units_of(region: Region, count: int) -> list[Unit]:
    """Offices named after the affairs, then kecamatan with plain simulated names."""
    offices = [
        Unit(f"{region.region_code}-{code}", f"Dinas {name}", "opd", code) for code, name in affair_names().items()
    ]
    districts = [
        Unit(f"{region.region_code}-K{place:02}", f"Kecamatan Simulasi {place}", "kecamatan", "")
        for place in range(1, max(0, count - len(offices)) + 1)
    ]
    return (offices + districts)[:count]


def entries_of(
    region: Region,
    edition: int,
    units: list[Unit],
    scale: EditionScale,
    count: int,
    random: Random,
    effects: CityEffects | None = None,
) -> list[Entry]:
    """Return the innovations of a region in an edition; their maturity is what their levels and the weights give.

    Levels are drawn by themselves, or with `effects` as the region practises them; then an innovation also keeps its
    title over the editions that it stands in.
    """
    entries = [_entry(region, edition, units, scale, serial, random) for serial in range(1, count + 1)]
    if effects is None:
        return entries
    levels = effects.levels(edition, count, scale)
    return [_with_effects(entry, edition, effects, own, scale) for entry, own in zip(entries, levels, strict=True)]


def _with_effects(
    entry: Entry, edition: int, effects: CityEffects, levels: dict[str, int], scale: EditionScale
) -> Entry:
    naming = effects.naming(edition, entry.serial)
    return replace(
        entry,
        title=_title(entry.serial, naming),
        levels=levels,
        documents={number: level > 0 and naming.random() < HAS_DOCUMENT for number, level in levels.items()},
        maturity=_maturity(levels, scale),
    )


def _title(serial: int, random: Random) -> str:
    return f"{random.choice(_WORDS)} {random.choice(_THEMES)} Simulasi {serial}"


def _maturity(levels: dict[str, int], scale: EditionScale) -> Decimal:
    return sum((scale.weights[number] * level for number, level in levels.items()), Decimal(0))


def _level(top: int, random: Random) -> int:
    """A level up to the top one: seldom none, now and then the first, the others alike."""
    levels = range(top + 1)
    return random.choices(levels, (1, 3, *[4] * top)[: top + 1])[0]


def _entry(region: Region, edition: int, units: list[Unit], scale: EditionScale, serial: int, random: Random) -> Entry:
    unit = random.choice(units)
    codes = list(affair_names())
    start = date(edition - 2, 1, 1) + timedelta(days=random.randrange(300))
    stage = random.choices(STAGES, (1, 2, 9))[0]
    levels = {number: _level(scale.top_of(number), random) for number in scale.weights}
    return Entry(
        serial=serial,
        title=_title(serial, random),
        unit=unit,
        stage=stage,
        affair_code=unit.affair_code or random.choice(codes),
        cross_affairs=tuple(random.sample(codes, random.randrange(1, 4))),
        initiator_kind=random.choice(("head_of_region", "council_member", "unit", "civil_servant", "citizen")),
        is_digital=random.random() < 0.6,
        form=random.choice(("governance", "public_service", "other_affair")),
        trial_date=start,
        implementation_date=start + timedelta(days=random.randrange(60, 300)) if stage == "implementation" else None,
        development_date=start + timedelta(days=random.randrange(300, 400)) if random.random() < 0.3 else None,
        levels=levels,
        documents={number: level > 0 and random.random() < HAS_DOCUMENT for number, level in levels.items()},
        maturity=_maturity(levels, scale),
        external_id=f"0{region.region_code.replace('.', ''):0>4}{edition % 100:02}{serial:05}"[:12],
        latitude=Decimal(random.randrange(-1_000, 500)) / 100,
        longitude=Decimal(random.randrange(9_600, 14_000)) / 100,
    )
