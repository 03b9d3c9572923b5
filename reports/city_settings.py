"""What a city states for its documents: letterhead, paper, font, signer, copies; a file of its home."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from iga.errors import ValueRefused
from iga.reasons import reason_of
from iga.written_toml import parsed_toml
from warehouse.errors import ExitCode, WorkbenchError
from warehouse.home import Home
from warehouse.inputs_read import noted
from warehouse.region import Region, resolve_city

FOLDER = "city"
LARGEST_ARMS = 2_000_000


class CitySettingsInvalid(WorkbenchError):
    """A city's settings file holds something unknown or of the wrong kind, or names a picture that is not there."""

    exit_code = ExitCode.USAGE


class _Stated(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Signer(_Stated):
    """Who signs: office, name, rank and NIP."""

    office: str = ""
    name: str = ""
    rank: str = ""
    nip: str = ""


class Copies(_Stated):
    """Who gets a copy (Tembusan) of each kind of document."""

    nota_dinas: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()


class Nature(_Stated):
    """The nature (Sifat) of each kind of document."""

    nota_dinas: str = "Penting"
    letters: str = "Segera"


class CitySettings(_Stated):
    """Everything that a city states for its documents; what it leaves out stays a marked blank, never a guess."""

    government: str = Field("", description="Pemerintah Kota ...; kosong: dari nama daerah")
    agency: str = Field("", description="perangkat daerah yang mengirim")
    address: str = ""
    contact: str = Field("", description="telepon, surel, laman")
    coat_of_arms: str = Field("", description="nama berkas PNG atau JPG di folder pengaturan")
    paper: Literal["A4", "F4"] = "A4"
    font: str = Field("Arial", max_length=60)
    place: str = Field("", description="tempat surat; kosong: nama daerah")
    head_of_region: str = Field("", description="kosong: Wali Kota, Bupati atau Gubernur daerah ini")
    signer: Signer = Signer()
    copies: Copies = Copies()
    nature: Nature = Nature()
    addressees: dict[str, str] = Field(default_factory=dict, description="unit induk = jabatan yang dituju")

    @field_validator("coat_of_arms")
    @classmethod
    def _is_a_plain_name(cls, name: str) -> str:
        if name and (Path(name).name != name or Path(name).suffix.casefold() not in (".png", ".jpg", ".jpeg")):
            raise ValueRefused("write the name of a PNG or JPG file, without a folder")
        return name


class Letterhead(_Stated):
    """The head of a document: government, agency, address, contact, and the coat of arms as a picture."""

    government: str
    agency: str
    address: str
    contact: str
    arms: bytes | None = None

    def told(self, alt: str) -> dict[str, Any]:
        """As the PDF template takes it."""
        arms = None
        if self.arms is not None:
            form = "png" if self.arms.startswith(b"\x89PNG") else "jpg"
            arms = {"content": list(self.arms), "format": form, "alt": alt}
        return {**self.model_dump(exclude={"arms"}), "arms": arms}


def has_settings(home: Home, region_code: str) -> bool:
    """Whether a city has a file of settings; what is made without one depends on that too."""
    return noted(home, settings_path(home, region_code)).is_file()


def settings_path(home: Home, region_code: str) -> Path:
    """Where the settings of a city lie: `<home>/city/17.71.toml`."""
    return home.root / FOLDER / f"{region_code}.toml"


def read_settings(home: Home, region_code: str) -> CitySettings:
    """The settings of a city; the defaults without a file. Raises CitySettingsInvalid with the file and the cause."""
    path = noted(home, settings_path(home, region_code))
    if not path.is_file():
        return CitySettings.model_validate({})
    try:
        return CitySettings.model_validate(parsed_toml(path.read_text(encoding="utf-8")))
    except (ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CitySettingsInvalid(
            "The settings of the city cannot be used: {cause}",
            next_step="compare the file with what `iga letters CITY EDITION --write-settings` writes",
            place=str(path),
            cause=reason_of(error),
        ) from error


def letterhead_of(home: Home, region: Region, settings: CitySettings) -> Letterhead:
    """The letterhead of a city. Raises CitySettingsInvalid when the picture named is not there or too large."""
    missing = wording()["common"]["missing"]
    return Letterhead(
        government=settings.government or f"Pemerintah {region.full_name}",
        agency=settings.agency or missing.format(field="agency"),
        address=settings.address or missing.format(field="address"),
        contact=settings.contact,
        arms=_arms(home, settings.coat_of_arms),
    )


def _arms(home: Home, name: str) -> bytes | None:
    if not name:
        return None
    path = noted(home, home.root / FOLDER / name)
    if not path.is_file() or path.stat().st_size > LARGEST_ARMS:
        raise CitySettingsInvalid(
            "The coat of arms is not there, or larger than {limit} MB",
            next_step="put the picture beside the settings file",
            place=str(path),
            limit=LARGEST_ARMS // 1_000_000,
        )
    return path.read_bytes()


def report_letterhead(home: Home, city: str) -> dict[str, Any] | None:
    """The letterhead that a city's reports bear; None for a city without settings."""
    region = resolve_city(city)
    if not has_settings(home, region.region_code):
        return None
    head = letterhead_of(home, region, read_settings(home, region.region_code))
    return head.told(f"Lambang {region.full_name}")


def head_of_region(region: Region, settings: CitySettings) -> str:
    """Who heads the region: as stated, else by its type."""
    by_type: dict[str, str] = wording()["heads_of_region"]
    return settings.head_of_region or by_type[region.region_type].format(name=region.name)


def time_zone(region: Region) -> str:
    """WIB, WITA or WIT, by province."""
    zones: dict[str, list[str]] = wording()["time_zones"]
    return next((zone for zone, codes in zones.items() if region.region_code[:2] in codes), "WIB")


def addressee(unit: str, settings: CitySettings) -> str:
    """Who is addressed for a unit: as stated, else by the kind of unit that its name tells."""
    if unit in settings.addressees:
        return settings.addressees[unit]
    for one in wording()["addressee"]:
        if unit.startswith(one["begins"]):
            return str(one["title"].format(unit=unit, rest=unit.removeprefix(one["begins"])))
    return unit


@cache
def wording() -> dict[str, Any]:
    """The wording of the documents."""
    return tomllib.loads(files("reports.letters").joinpath("wording.toml").read_text(encoding="utf-8"))


def blank_settings(region: Region) -> str:
    """A settings file to fill in, with what each line is for."""
    return f"""# Pengaturan dokumen {region.full_name}: kop, kertas, penanda tangan, tembusan.
# Yang dikosongkan tetap tampak kosong di dokumen; tidak ada yang dikarang.
government = "Pemerintah {region.full_name}"
agency = ""          # perangkat daerah pengirim, misalnya Badan Perencanaan Pembangunan Daerah
address = ""
contact = ""         # telepon, surel, laman
coat_of_arms = ""    # nama berkas PNG atau JPG di folder ini
paper = "A4"         # A4 atau F4 (folio, 215 x 330 mm)
font = "Arial"
place = "{region.name}"
head_of_region = ""  # kosong: jabatan kepala daerah menurut jenis daerah

[signer]
office = ""          # jabatan penanda tangan
name = ""
rank = ""            # pangkat
nip = ""

[copies]             # tembusan
nota_dinas = []
letters = []

[nature]             # sifat
nota_dinas = "Penting"
letters = "Segera"

[addressees]         # unit induk = jabatan yang dituju, bila lain dari yang lazim
"""
