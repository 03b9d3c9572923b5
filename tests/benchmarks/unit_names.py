"""Measure how names that offices write are tied: `IGA_BENCH_REGIONS=546 python tests/benchmarks/unit_names.py`.

Each region has a register of its own (offices by affair, kecamatan, kelurahan, puskesmas, schools; names of places are
those of regions and shipped subdistricts, drawn for each region). Every unit is written in several ways. A name that is
tied to another unit accuses one unit wrongly and hides another; a name that is open and does not have its unit among
its candidates lets that unit be called silent. Both are counted, and both should be none.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[2]))

from analysis.season.unit_names import candidates_of
from simulation.entries import affair_names
from warehouse.reference import load_reference
from warehouse.unit_name_rules import KnownUnit, UnitNames

REGIONS = int(os.environ.get("IGA_BENCH_REGIONS", "20"))
EDITION = 2026
OFFICES = (
    "Inspektorat Daerah",
    "Sekretariat DPRD",
    "Satuan Polisi Pamong Praja",
    "Badan Perencanaan Pembangunan Daerah",
    "Badan Pengelolaan Keuangan dan Aset Daerah",
    "Badan Kepegawaian dan Pengembangan Sumber Daya Manusia",
    "Badan Penanggulangan Bencana Daerah",
    "Rumah Sakit Umum Daerah",
)
SHORT = {
    "Dinas Kesehatan": ("Dinkes", "DINKES", "Dinas Kesehatn"),
    "Satuan Polisi Pamong Praja": ("Satpol PP", "SATPOL-PP", "Sat Pol PP"),
    "Badan Penanggulangan Bencana Daerah": ("BPBD",),
    "Badan Pengelolaan Keuangan dan Aset Daerah": ("BPKAD",),
    "Badan Kepegawaian dan Pengembangan Sumber Daya Manusia": ("BKPSDM",),
    "Badan Perencanaan Pembangunan Daerah": ("Bappeda", "BAPPEDA"),
    "Sekretariat DPRD": ("Setwan", "Sekretariat Dewan"),
    "Inspektorat Daerah": ("Inspektorat", "ITDA"),
}


def register(code: str, places: list[str], random: Random) -> list[KnownUnit]:
    """Return the units of a region."""
    drawn = random.sample(places, 60)
    named = [("opd", f"Dinas {name}") for name in affair_names().values()] + [("opd", name) for name in OFFICES]
    named += [("kecamatan", f"Kecamatan {name}") for name in drawn[:8]]
    named += [("kelurahan", f"Kelurahan {name}") for name in drawn[4:44]]
    named += [("puskesmas", f"Puskesmas {name}") for name in drawn[40:52]]
    named += [("sd", f"SD Negeri {number}") for number in range(1, 31)]
    named += [("smp", f"SMP Negeri {number}") for number in range(1, 13)]
    return [KnownUnit(f"{code}-{n}", f"U{n}", name, kind) for n, (kind, name) in enumerate(named, start=1)]


def spellings(unit: KnownUnit, random: Random) -> list[str]:
    """Return how an office may write a unit: its kind shortened, its number padded, a letter lost, capitals."""
    head, _, rest = unit.name.partition(" ")
    told = [unit.name.upper(), unit.name.replace(" dan ", " & "), *SHORT.get(unit.name, ())]
    match unit.unit_kind:
        case "kecamatan":
            told += [f"Kec. {rest}", f"KEC {rest.upper()}", f"Camat {rest}"]
        case "kelurahan":
            told += [f"Kel. {rest}", f"KEL {rest.upper()}", f"Lurah {rest}"]
        case "puskesmas":
            told += [f"UPTD Puskesmas {rest}", f"PKM {rest}", f"UPT. Puskesmas {rest}"]
        case "sd" | "smp":
            number = rest.split()[-1]
            told += [f"{head}N {int(number):02}", f"{head}N {number}", f"UPTD {head} Negeri {number}"]
        case _:
            told += [f"{unit.name} Kota", f"{head} {rest[:-1]}"]
    place = random.randrange(len(unit.name) // 2, len(unit.name))
    if not unit.name[place].isdigit():
        told.append(unit.name[:place] + unit.name[place + 1 :])
    return [text for text in dict.fromkeys(told) if text != unit.name]


def main() -> None:
    """Print the counts and the processor time as JSON."""
    codes = load_reference("region").filter("is_autonomous")["region_code"].sort().to_list()
    names = [*load_reference("subdistrict")["name"], *load_reference("region")["name"]]
    places = sorted({name for name in names if len(name) > 3 and not any(sign.isdigit() for sign in name)})
    counted: Counter[str] = Counter()
    examples: dict[str, list[str]] = {}
    begun = time.process_time()
    chosen = codes[:: max(1, len(codes) // REGIONS)][:REGIONS]
    for code in chosen:
        random = Random(code)
        units = register(code, places, random)
        known = UnitNames(code, units)
        written = [(text, unit) for unit in units for text in spellings(unit, random)]
        tied = [(text, unit, known.unit_of(text, EDITION)) for text, unit in written]
        found = candidates_of({text for text, _unit, meant in tied if meant is None}, units, code)
        for text, unit, meant in tied:
            if meant is not None:
                outcome = "tied" if meant.unit_id == unit.unit_id else "tied_to_another"
            else:
                is_open = unit.unit_id in {each.unit.unit_id for each in found[text]}
                outcome = "open_and_asked" if is_open else "open_and_accused"
            counted[outcome] += 1
            if outcome in ("tied_to_another", "open_and_accused") and len(examples.setdefault(outcome, [])) < 20:
                examples[outcome].append(f"{text} = {unit.name}" + (f" -> {meant.name}" if meant else ""))
    spent = time.process_time() - begun
    said = {"regions": len(chosen), "names": sum(counted.values()), **counted, "processor_seconds": round(spent, 1)}
    print(json.dumps({**said, "examples": examples}, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
