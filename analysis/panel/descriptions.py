"""Describes a deposit in the words of its standards: Data Package, DataCite, RO-Crate, Citation File Format, BibTeX."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from analysis.panel.contents import PanelContents
from analysis.panel.file_formats import Variable
from analysis.panel.rules import panel_rules
from warehouse.language import Language

NAME = "iga-panel"
TITLE_ID = "Panel Indeks Inovasi Daerah"
KEYWORDS = ("Indeks Inovasi Daerah", "Innovative Government Award", "Indonesia", "panel data", "composite indicator")
AUTHORS = "The IGA Workbench authors"
MEDIA_TYPES = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "dta": "application/x-stata-dta",
    "sav": "application/x-spss-sav",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "svg": "image/svg+xml",
    "bib": "application/x-bibtex",
    "cff": "application/yaml",
    "json": "application/json",
}
FORMAT_NAMES = {"dta": "stata", "sav": "spss"}
"""Formats whose ending is not their name; readers of packages open a `sav` with a library that few have."""
PARQUET_MISSING = ["", "nan"]
"""Readers by way of pandas show an absent number of a Parquet file as `nan`."""
PRIMARY_KEYS = {
    "panel": ["region_code", "edition", "is_simulated"],
    "region_edition": ["region_code", "edition", "is_simulated"],
    "computed": ["region_code", "edition", "is_simulated"],
    "own": ["region_code", "edition", "is_simulated"],
    "statements": ["statement_id"],
    "national": ["edition", "region_type"],
    "bias": ["edition"],
    "selection_bounds": ["edition"],
    "codebook": ["table", "column"],
    "likely_range": [
        "region_code", "edition", "is_simulated", "rulebook", "score_kind", "measure", "kind", "variant",
    ],
    "labels": ["field", "code"],
}  # fmt: skip
"""What names a row of each table."""


def title_of(panel: PanelContents, table: str = "panel") -> str:
    """Return the English title of the deposit or of a table beside the panel, and a mark where rows are simulated."""
    first, last = panel.editions
    simulated = ", with simulated rows" if panel.has_simulated else ""
    if table == "likely_range":
        return f"Likely ranges of the Indeks Inovasi Daerah {first}-{last}{simulated}"
    return f"Panel of the Indeks Inovasi Daerah, regions by edition {first}-{last}{simulated}"


def citation(panel: PanelContents) -> str:
    """Return BibTeX of the panel: authors, title, year, publisher, and the snapshot that it was made from."""
    return (
        f"@misc{{iga_panel_{panel.snapshot_id},\n"
        f"  author       = {{{{{AUTHORS}}}}},\n"
        f"  title        = {{{title_of(panel).replace('-', '--')}}},\n"
        f"  year         = {{{panel.year}}},\n"
        f"  publisher    = {{{{{panel.sources.about.publisher}}}}},\n"
        f"  howpublished = {{IGA Workbench {panel.software_version}}},\n"
        f"  note         = {{Snapshot {panel.state}}}\n"
        "}\n"
    )


def citation_file(panel: PanelContents) -> str:
    """Return the deposit's CITATION.cff (version 1.2.0 of the format)."""
    lines = {
        "cff-version": "1.2.0",
        "message": "Cite the deposit with its snapshot.",
        "type": "dataset",
        "title": title_of(panel),
        "version": panel.state,
        "abstract": panel.bias(Language("en")),
    }
    told = [f"{name}: {json.dumps(text, ensure_ascii=False)}" for name, text in lines.items()]
    told += ["authors:", f"  - name: {json.dumps(AUTHORS)}"]
    if panel.sources.about.made_on is not None:
        told.append(f"date-released: {json.dumps(panel.sources.about.made_on.isoformat())}")
    told += ["keywords:", *(f"  - {json.dumps(word)}" for word in KEYWORDS)]
    return "\n".join(told) + "\n"


def data_package(
    panel: PanelContents, tables: Mapping[str, pl.DataFrame], variables: Mapping[str, Sequence[Variable]],
    files: Mapping[str, bytes],
) -> dict[str, Any]:  # fmt: skip
    """Return the description of the folder by the Frictionless Data Package standard, version 1.

    `variables` describe the columns of each table; `files` are the bytes of the folder's files, whose size and hash the
    resources state. `about` holds what a panel says of itself, from which `iga replicate` makes it again.
    """
    rules, about = panel_rules(), panel.sources.about
    resources = [_table(name, f"{name}.csv", variables[name], files) for name in tables]
    parquet = [name for name in tables if f"{name}.parquet" in files]
    resources += [_table(f"{name}-parquet", f"{name}.parquet", variables[name], files) for name in parquet]
    described = {resource["path"] for resource in resources}
    resources += [_file(path, files) for path in files if path not in described]
    return {
        "profile": "data-package",
        "name": NAME,
        "id": panel.state,
        "title": TITLE_ID,
        "description": f"{rules.preference.rule_en} {panel.bias(Language('en'))} {rules.licence.text_en}",
        "version": panel.software_version,
        "licenses": [{"name": "MIT", "title": rules.licence.text_en}],
        "contributors": [{"title": AUTHORS, "role": "author"}, {"title": about.publisher, "role": "publisher"}],
        "keywords": list(KEYWORDS),
        "sources": [{"title": address, "path": address} for address in _addresses(panel.statements)],
        "about": {
            "snapshot_id": about.snapshot_id,
            "state": about.state,
            "software_version": about.software_version,
            "has_simulated": about.has_simulated,
            "made_on": about.made_on.isoformat() if about.made_on else None,
            "publisher": about.publisher,
            "written_by": about.written_by,
        },
        "resources": resources,
    }


def _addresses(statements: pl.DataFrame) -> list[str]:
    sources = statements["source"].drop_nulls().unique().sort().to_list()
    return [source for source in sources if source.startswith("http")]


def _hashed(path: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    return {"bytes": len(files[path]), "hash": f"sha256:{hashlib.sha256(files[path]).hexdigest()}"}


def _table(name: str, path: str, variables: Sequence[Variable], files: Mapping[str, bytes]) -> dict[str, Any]:
    form = path.rsplit(".", 1)[1]
    resource: dict[str, Any] = {
        "name": name.replace("_", "-") if form != "csv" else name,
        "path": path,
        "profile": "tabular-data-resource",
        "format": form,
        "mediatype": MEDIA_TYPES[form],
    }
    if form == "csv":  # a validator reads Parquet by a library, and cannot count its bytes; checksums.sha256 has them
        resource |= {"encoding": "utf-8", **_hashed(path, files)}
    resource["schema"] = _schema(path.rsplit(".", 1)[0], variables)
    if form == "parquet":
        resource["schema"]["missingValues"] = PARQUET_MISSING
    return resource


def _file(path: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    form = path.rsplit(".", 1)[1]
    name = path.casefold().replace("/", "-").replace("_", "-")
    kind = {"name": name, "path": path, "profile": "data-resource", "format": FORMAT_NAMES.get(form, form)}
    kind["mediatype"] = MEDIA_TYPES[form]
    return {**kind, **_hashed(path, files)}


def _schema(name: str, variables: Sequence[Variable]) -> dict[str, Any]:
    fields = []
    for variable in variables:
        described: dict[str, Any] = {
            "name": variable.name, "type": "number" if variable.type == "float" else variable.type,
        }  # fmt: skip
        if variable.type == "number":
            described["places"] = 2
        if variable.type == "boolean":
            described |= {"trueValues": ["true"], "falseValues": ["false"]}
        texts = {"title": variable.description_id, "description": variable.description_en, "unit": variable.unit}
        described |= {key: text for key, text in texts.items() if text}
        if variable.labels:
            described["constraints"] = {"enum": list(variable.labels)}
        fields.append(described)
    schema: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    if name in PRIMARY_KEYS:
        schema["primaryKey"] = PRIMARY_KEYS[name]
    return schema


def datacite(panel: PanelContents, paths: Sequence[str]) -> dict[str, Any]:
    """Return the description by DataCite's schema 4.5, but for the DOI, which a repository gives."""
    about, rules = panel.sources.about, panel_rules()
    described: dict[str, Any] = {
        "schemaVersion": "http://datacite.org/schema/kernel-4",
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Panel"},
        "creators": [{"name": AUTHORS, "nameType": "Organizational"}],
        "titles": [
            {"title": TITLE_ID, "lang": "id"},
            {"title": title_of(panel), "lang": "en", "titleType": "TranslatedTitle"},
        ],
        "publisher": {"name": about.publisher},
        "publicationYear": str(panel.year),
        "language": "id",
        "version": panel.state,
        "subjects": [{"subject": word} for word in KEYWORDS],
        "alternateIdentifiers": [{"alternateIdentifier": about.snapshot_id, "alternateIdentifierType": "snapshot"}],
        "formats": sorted({MEDIA_TYPES[path.rsplit(".", 1)[1]] for path in paths}),
        "rightsList": [
            {"rights": f"{part.files}: {part.text_en}", "lang": "en"}
            | ({"rightsIdentifier": part.spdx, "rightsIdentifierScheme": "SPDX"} if part.spdx else {})
            for part in rules.licence.parts
        ],
        "descriptions": [
            {"description": panel.bias(Language(code)), "descriptionType": "Abstract", "lang": code}
            for code in ("id", "en")
        ],
    }  # fmt: skip
    if about.made_on is not None:
        described["dates"] = [{"date": about.made_on.isoformat(), "dateType": "Collected"}]
    return described


def crate(panel: PanelContents, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the description by RO-Crate 1.1: the folder, its files, and the software that made them."""
    about = panel.sources.about
    software = {
        "@id": "#iga-workbench",
        "@type": "SoftwareApplication",
        "name": "IGA Workbench",
        "softwareVersion": about.written_by,
    }
    root: dict[str, Any] = {
        "@id": "./",
        "@type": "Dataset",
        "identifier": panel.state,
        "name": title_of(panel),
        "description": panel.bias(Language("en")),
        "datePublished": about.made_on.isoformat() if about.made_on else str(panel.year),
        "license": {"@id": "#licence"},
        "author": {"@id": "#authors"},
        "publisher": {"@id": "#publisher"},
        "keywords": list(KEYWORDS),
        "hasPart": [{"@id": path} for path in files],
    }
    parts = [
        {
            "@id": path,
            "@type": "File",
            "name": path,
            "encodingFormat": MEDIA_TYPES[path.rsplit(".", 1)[1]],
            "contentSize": str(len(content)),
        }
        for path, content in files.items()
    ]
    action = {
        "@id": "#made",
        "@type": "CreateAction",
        "name": "iga export panel",
        "instrument": {"@id": software["@id"]},
        "result": [{"@id": path} for path in files],
    }
    return {
        "@context": "https://w3id.org/ro/crate/1.1/context",
        "@graph": [
            {
                "@id": "ro-crate-metadata.json",
                "@type": "CreativeWork",
                "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
                "about": {"@id": "./"},
            },
            root,
            *parts,
            {"@id": "#authors", "@type": "Organization", "name": AUTHORS},
            {"@id": "#publisher", "@type": "Organization", "name": about.publisher},
            {"@id": "#licence", "@type": "CreativeWork", "name": panel_rules().licence.text_en},
            software,
            action,
        ],
    }


def checksums(files: Mapping[str, bytes]) -> str:
    """Return the sha256 of each file, in the form that `sha256sum --check` reads."""
    return "".join(f"{hashlib.sha256(content).hexdigest()}  {path}\n" for path, content in sorted(files.items()))


def as_json(value: Any) -> bytes:
    """Return JSON as people read it."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
