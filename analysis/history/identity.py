"""Innovations that are perhaps the same: continued under another name, sent twice, or copied from another city.

Rules and similarity of titles propose; the registry (`warehouse/identity_registry.py`), which people write, decides.
Titles are compared in blocks that share rare words, so that a nation's titles take seconds.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

from warehouse.identity_registry import Registry
from warehouse.snapshot import Snapshot
from warehouse.sql_files import sql_text

KINDS = ("continued", "twin", "copy")
"""`continued`: one region, no edition in common; `twin`: one region and edition; `copy`: two regions."""

PROPOSAL_SCHEMA: dict[str, Any] = {
    "proposal_id": pl.String,
    "kind": pl.String,
    "rule": pl.String,
    "similarity": pl.Int64,
    "region_code": pl.String,
    "title": pl.String,
    "unit_name": pl.String,
    "editions": pl.String,
    "other_region_code": pl.String,
    "other_title": pl.String,
    "other_unit_name": pl.String,
    "other_editions": pl.String,
    "innovation_id": pl.String,
    "other_innovation_id": pl.String,
    "is_simulated": pl.Boolean,
}
CONTINUITY = ("continued", "renamed", "new", "dropped")

_WORD = re.compile(r"[\W_]+")
_BRACKETS = re.compile(r"^\s*(?P<outside>[^()]{2,}?)\s*\((?P<inside>[^()]{2,})\)?\s*$")
_LONGEST_ACRONYM = 4  # words: SI CANTIK


@dataclass(frozen=True)
class Known:
    """One innovation as a comparison sees it."""

    innovation_id: str
    region_code: str
    title: str
    unit_name: str
    unit_key: str
    editions: tuple[int, ...]
    numbers: frozenset[str]
    accounts: frozenset[str]
    is_simulated: bool
    plain: str
    acronym: str
    core: str

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the title, or of its expansion, each once."""
        return tuple(dict.fromkeys(self.core.split()))


@cache
def identity_rules() -> dict[str, dict[str, int]]:
    """The thresholds of ``identity.toml``."""
    return tomllib.loads(resources.files("analysis.history").joinpath("identity.toml").read_text(encoding="utf-8"))


def proposals(
    snapshot: Snapshot,
    registry: Registry,
    *,
    region_code: str | None = None,
    edition: int | None = None,
    kinds: Iterable[str] = KINDS,
) -> pl.DataFrame:
    """Pairs that nobody has judged yet, the most similar first (`PROPOSAL_SCHEMA`).

    `title` is the earlier of the two. With a region only pairs in which it has a part, with an edition only those of
    which one side has it.
    """
    rows = snapshot.sql(sql_text("analysis.history", "innovations")).iter_rows(named=True)
    known = [_known(row) for row in rows]
    wanted = set(kinds)
    found: list[dict[str, Any]] = []
    if wanted & {"continued", "twin"}:
        by_region: dict[str, list[Known]] = defaultdict(list)
        for one in known:
            if region_code in (None, one.region_code):
                by_region[one.region_code].append(one)
        for pool in by_region.values():
            found += _judged_pairs(pool, _within(pool), registry)
    if "copy" in wanted:
        pairs = ((a, b) for a, b in _blocked(known) if known[a].region_code != known[b].region_code)
        if region_code is not None:
            pairs = ((a, b) for a, b in pairs if region_code in (known[a].region_code, known[b].region_code))
        found += _judged_pairs(known, pairs, registry)
    told = pl.DataFrame(found, schema=PROPOSAL_SCHEMA).filter(pl.col("kind").is_in(list(wanted)))
    if edition is not None:
        has = pl.concat_list("editions", "other_editions").list.eval(pl.element().str.contains(str(edition))).list.any()
        told = told.filter(has)
    return told.sort(["similarity", "kind", "proposal_id"], descending=[True, False, False])


def proposal_id_of(left: str, right: str) -> str:
    """The id of a pair: the same whenever the two are compared."""
    return hashlib.sha256("|".join(sorted((left, right))).encode()).hexdigest()[:8]


def plain(text: str | None) -> str:
    """Letters and digits only, lower case, single spaces."""
    return _WORD.sub(" ", text or "").strip().casefold()


def split_acronym(title: str) -> tuple[str, str]:
    """Acronym and expansion of a title, both plain; a single word is an acronym without expansion.

    "SLAWE (Sistem Layanan Administrasi Warga Elektronik)" gives "slawe" and "sistem layanan ...".
    """
    if found := _BRACKETS.match(title):
        inside, outside = plain(found["inside"]), plain(found["outside"])
        # Some write the expansion first and the acronym, in capitals, in brackets.
        if found["inside"].isupper() and len(inside.split()) < len(outside.split()):
            return inside, outside
        if len(outside.split()) <= _LONGEST_ACRONYM and len(inside.split()) > 1:
            return outside, inside
        return "", ""
    words = plain(title).split()
    return (words[0], "") if len(words) == 1 else ("", "")


def _known(row: dict[str, Any]) -> Known:
    acronym, expansion = split_acronym(row["title"])
    is_long = len(acronym.replace(" ", "")) >= identity_rules()["similarity"]["shortest_acronym"]
    title = plain(row["title"])
    return Known(
        innovation_id=row["innovation_id"],
        region_code=row["region_code"],
        title=row["title"],
        unit_name=row["unit_name"] or "",
        unit_key=row["unit_key"] or plain(row["unit_name"]),
        editions=tuple(row["editions"]),
        numbers=frozenset(row["numbers"] or ()),
        accounts=frozenset(row["accounts"] or ()),
        is_simulated=row["is_simulated"],
        plain=title,
        acronym=acronym if is_long else "",
        core=expansion or title,
    )


def _within(pool: Sequence[Known]) -> Iterator[tuple[int, int]]:
    """The pairs of one region worth a look."""
    if len(pool) > identity_rules()["blocking"]["full_comparison"]:
        yield from _blocked(pool)
        return
    minimum = identity_rules()["similarity"]["with_evidence"]
    texts = [one.plain for one in pool]
    scores = process.cdist(texts, texts, scorer=fuzz.token_sort_ratio, score_cutoff=minimum, dtype=np.uint8, workers=1)
    near = np.argwhere(np.triu(scores, 1) > 0)
    pairs = {(int(a), int(b)) for a, b in near}
    yield from pairs
    by_acronym: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(pool):
        if one.acronym:
            by_acronym[one.acronym].append(place)
    for places in by_acronym.values():
        yield from (pair for pair in combinations(places, 2) if pair not in pairs)


def _blocked(pool: Sequence[Known]) -> Iterator[tuple[int, int]]:
    """Pairs that share an acronym, all their words, or one of their rarest words (two, where each is common)."""
    rules = identity_rules()["blocking"]
    largest, count = rules["largest_block"], rules["keys_per_title"]
    frequency = Counter(word for one in pool for word in one.words)
    blocks: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(pool):
        rarest = sorted(one.words, key=lambda word: (frequency[word], word))[: count + 1]
        rare = [word for word in rarest if 1 < frequency[word] <= largest][:count]
        keys = rare if len(rare) >= 2 else [*rare, *("+".join(pair) for pair in combinations(sorted(rarest), 2))]
        for key in keys:
            blocks[key].append(place)
        if one.acronym:
            blocks[f"a:{one.acronym}"].append(place)
        blocks[f"=:{' '.join(sorted(one.words))}"].append(place)
    seen: set[tuple[int, int]] = set()
    for key, places in blocks.items():
        # Of many equal titles each is tied to the next one: who looks at one of them meets them all.
        pairs = combinations(places, 2) if len(places) <= largest else pairwise(places) if key[:2] == "=:" else ()
        for pair in pairs:
            if pair not in seen:
                seen.add(pair)
                yield pair


def _judged_pairs(
    pool: Sequence[Known], pairs: Iterable[tuple[int, int]], registry: Registry
) -> Iterator[dict[str, Any]]:
    """The pairs whose similarity suffices, as rows of `PROPOSAL_SCHEMA`."""
    listed = list(pairs)
    if not listed:
        return
    sides = ([pool[a].plain for a, _ in listed], [pool[b].plain for _, b in listed])
    cores = ([pool[a].core for a, _ in listed], [pool[b].core for _, b in listed])
    whole = process.cpdist(*sides, scorer=fuzz.token_sort_ratio, dtype=np.uint8, workers=1)
    inner = process.cpdist(*cores, scorer=fuzz.token_sort_ratio, dtype=np.uint8, workers=1)
    least = identity_rules()["similarity"]["with_evidence"]
    for (a, b), title_similarity, core_similarity in zip(listed, whole.tolist(), inner.tolist(), strict=True):
        left, right = pool[a], pool[b]
        is_acronym = bool(left.acronym) and left.acronym == right.acronym
        if max(title_similarity, core_similarity) < least and not is_acronym:
            continue
        if frozenset((left.innovation_id, right.innovation_id)) in registry.judged:
            continue
        rule, similarity = _rule(left, right, max(title_similarity, core_similarity), is_acronym=is_acronym)
        if rule:
            first, second = sorted((left, right), key=lambda one: (one.editions, one.innovation_id))
            yield _proposal(first, second, rule, similarity)


def _rule(left: Known, right: Known, similarity: int, *, is_acronym: bool) -> tuple[str, int]:
    """The rule by which a pair is proposed, and its similarity; no rule where it is not."""
    rules = identity_rules()["similarity"]
    is_home = left.region_code == right.region_code
    if is_acronym and (left.core == left.acronym or right.core == right.acronym) and is_home:
        return "acronym", max(similarity, rules["acronym_alone"])
    if is_home and left.numbers & right.numbers and similarity >= rules["with_evidence"]:
        return "number", similarity
    if is_home and left.accounts & right.accounts and similarity >= rules["with_evidence"]:
        return "account", similarity
    if is_home and left.unit_key == right.unit_key and similarity >= rules["with_evidence"]:
        return "title_and_unit", similarity
    if is_acronym and similarity >= rules["with_evidence"]:
        return "acronym", similarity
    return ("title", similarity) if similarity >= rules["minimum"] else ("", 0)


def _proposal(left: Known, right: Known, rule: str, similarity: int) -> dict[str, Any]:
    is_home = left.region_code == right.region_code
    kind = "copy" if not is_home else "twin" if set(left.editions) & set(right.editions) else "continued"
    return {
        "proposal_id": proposal_id_of(left.innovation_id, right.innovation_id),
        "kind": kind,
        "rule": rule,
        "similarity": similarity,
        "region_code": left.region_code,
        "title": left.title,
        "unit_name": left.unit_name,
        "editions": ", ".join(map(str, left.editions)),
        "other_region_code": right.region_code,
        "other_title": right.title,
        "other_unit_name": right.unit_name,
        "other_editions": ", ".join(map(str, right.editions)),
        "innovation_id": left.innovation_id,
        "other_innovation_id": right.innovation_id,
        "is_simulated": left.is_simulated or right.is_simulated,
    }


def continuity(snapshot: Snapshot, region_code: str, earlier: int, later: int) -> pl.DataFrame:
    """What became of a region's innovations from one edition to another, by the registry.

    Columns: continuity (`CONTINUITY`), title, other_title, unit_name, other_unit_name, claimed_score,
    other_claimed_score, innovation_id, is_simulated; `other_` is the later edition.
    """
    place: dict[str, object] = {"region_code": region_code, "earlier": earlier, "later": later}
    rows = snapshot.sql(sql_text("analysis.history", "continuity"), place)
    both = pl.col("title").is_not_null() & pl.col("other_title").is_not_null()
    titles = zip(rows["title"], rows["other_title"], strict=True)
    is_same = pl.Series([plain(one) == plain(other) for one, other in titles], dtype=pl.Boolean)
    code = (
        pl.when(both & is_same)
        .then(pl.lit("continued"))
        .when(both)
        .then(pl.lit("renamed"))
        .when(pl.col("title").is_null())
        .then(pl.lit("new"))
        .otherwise(pl.lit("dropped"))
    )
    return rows.select(code.alias("continuity"), pl.all()).sort(
        pl.col("continuity").cast(pl.Enum(CONTINUITY)), pl.coalesce("other_title", "title"), "innovation_id"
    )
