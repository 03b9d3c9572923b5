"""Tells which innovations are alike, where a city is weak, and what comparable cities do there for it to replicate.

Likeness is the cosine of TF-IDF vectors over the words of titles and descriptions: exact arithmetic on the texts at
hand, no model. Every likeness names the words that it rests on.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import log, sqrt
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

SHORTEST_WORD = 3

_WORD = re.compile(r"[a-zà-ÿ0-9]+")
_VERBAL = re.compile(r"^(?:meng|meny|mem|men|me|ber|ter|di|ke|se)(?=[a-z]{4})")
_NOMINAL = re.compile(r"^(?:peng|peny|pem|pen|per|pe)(?=[a-z]{4})")
_PARTICLE = re.compile(r"(?:lah|kah|nya)$")
_VERBAL_ENDING, _NOMINAL_ENDING = re.compile(r"(?:kan|an|i)$"), re.compile(r"an$")


def words_of(text: str, stop_words: Collection[str] = ()) -> list[str]:
    """The words of a text that say what it is about: lower case, three letters or more, no stop words, no numbers."""
    found = _WORD.findall(text.casefold())
    return [word for word in found if len(word) >= SHORTEST_WORD and not word.isdigit() and word not in stop_words]


def stem(word: str) -> str:
    """A light stem of an Indonesian word: `pelaporan`, `melaporkan` and `laporan` become one, without a dictionary.

    One prefix is cut where five letters or more remain, and one ending where four do: `-kan` and `-i` after the prefix
    of a verb only, since in `pendidikan` the k is the root's.
    """
    whole = _PARTICLE.sub("", word) if len(word) >= 7 else word
    cut, ending = whole, _NOMINAL_ENDING
    for prefix, follows in ((_NOMINAL, _NOMINAL_ENDING), (_VERBAL, _VERBAL_ENDING)):
        without = prefix.sub("", whole)
        if without != whole and len(without) >= 5:
            cut, ending = without, follows
            break
    bare = ending.sub("", cut)
    return bare if len(bare) >= 4 else cut


@dataclass(frozen=True)
class Likeness:
    """How alike two texts are (0 to 1), and the words that they share, those that weigh most first."""

    place: int
    similarity: float
    shared: tuple[str, ...]


class TextIndex:
    """Texts by the words that they use; a word weighs the more, the fewer texts use it.

    tf-idf with idf = ln((1 + n) / (1 + df)) + 1 and vectors of length one, so that the dot product is the cosine.
    """

    def __init__(self, texts: Sequence[str], stop_words: Collection[str] = ()) -> None:
        self.texts = texts
        self._words = [words_of(text, stop_words) for text in texts]
        self._spelled: dict[str, Counter[str]] = {}
        for words in self._words:
            for word in words:
                self._spelled.setdefault(stem(word), Counter())[word] += 1

    @cached_property
    def _terms(self) -> dict[str, int]:
        return {term: place for place, term in enumerate(sorted(self._spelled))}

    @cached_property
    def _matrix(self) -> csr_array[np.float64, tuple[int, int]]:
        import numpy as np
        from scipy.sparse import csr_array

        documents = [Counter(stem(word) for word in words) for words in self._words]
        frequency = Counter(term for counted in documents for term in counted)
        number = len(documents)
        data, columns, starts = [], [], [0]
        for counted in documents:
            weights = {term: times * (log((1 + number) / (1 + frequency[term])) + 1) for term, times in counted.items()}
            length = sqrt(sum(weight * weight for weight in weights.values())) or 1.0
            for term in sorted(weights):
                columns.append(self._terms[term])
                data.append(weights[term] / length)
            starts.append(len(data))
        shape = (number, max(1, len(self._terms)))
        return csr_array((np.array(data, dtype=float), np.array(columns, dtype=int), np.array(starts)), shape=shape)

    def similarities(self, rows: Sequence[int], others: Sequence[int]) -> NDArray[np.float64]:
        """The cosines of some texts (rows) with others (columns), as an array."""
        import numpy as np

        if not rows or not others:
            return np.zeros((len(rows), len(others)))
        return (self._matrix[list(rows)] @ self._matrix[list(others)].T).toarray()

    def shared(self, one: int, other: int, most: int = 4) -> tuple[str, ...]:
        """The words that make two texts alike, those that weigh most first, as the texts spell them most often."""
        product = self._matrix[[one]].multiply(self._matrix[[other]]).tocoo()
        names = sorted(self._terms, key=self._terms.__getitem__)
        ranked = sorted(zip(product.data, product.coords[-1], strict=True), key=lambda pair: (-pair[0], pair[1]))
        return tuple(self._spelling(names[column]) for _weight, column in ranked[:most])

    def _spelling(self, term: str) -> str:
        spelled = self._spelled[term]
        return min(spelled, key=lambda word: (-spelled[word], word))


@dataclass(frozen=True)
class Work:
    """One innovation of a portfolio as the search for candidates sees it; maturity in hundredths.

    `text` is what it is compared by, `is_described` whether a description is in it or its title alone.
    """

    key: str
    city: str
    text: str
    affair: str | None
    maturity_x100: int | None = None
    is_described: bool = False


@dataclass(frozen=True)
class AffairStanding:
    """A city in one affair against comparable cities: innovations, mean maturity in hundredths; means over the peers.

    `reasons`: `none` (it has no innovation there and the peers do), `few` (fewer than the given share of the peers'
    mean), `immature` (its mean maturity lies the given points below theirs); empty where it is not weak.
    """

    affair: str
    own_count: int
    own_mean_x100: float | None
    peer_count: float
    peer_mean_x100: float | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """What another city does in an affair where ours is weak.

    `cities`: the comparable cities that do something like it (its own first); `shared`: the words that it has in common
    with the one most like it elsewhere. `nearest` is the innovation of ours that comes nearest, with its similarity and
    shared words: the less alike, the newer it would be here. `score` is (number of cities) x (1 - that similarity).
    `is_by_description`: the description of this work and of one that it was compared with entered, not titles alone.
    """

    work: Work
    affair: str
    cities: tuple[str, ...]
    shared: tuple[str, ...]
    nearest: str | None
    nearest_similarity: float
    nearest_shared: tuple[str, ...]
    score: float
    is_by_description: bool = False


@dataclass(frozen=True)
class Limits:
    """What counts as weak and as alike; data of the one who asks."""

    fewer_than_share: float = 0.5
    points_below_x100: int = 500
    alike_from: float = 0.25
    same_from: float = 0.6
    stop_words: frozenset[str] = field(default_factory=frozenset)


def affair_standings(own: Iterable[Work], peers: Mapping[str, Sequence[Work]], limits: Limits) -> list[AffairStanding]:
    """Each affair in which the city or a peer has an innovation, the weakest first.

    Weakest means fewest innovations against the peers' mean. Works without an affair are left out.
    """
    mine = _by_affair(own)
    theirs = {city: _by_affair(works) for city, works in peers.items()}
    affairs = sorted({*mine, *(affair for each in theirs.values() for affair in each)})
    found = []
    for affair in affairs:
        here = mine.get(affair, [])
        there = [work for each in theirs.values() for work in each.get(affair, [])]
        count = fmean(len(each.get(affair, [])) for each in theirs.values()) if theirs else 0.0
        own_mean, peer_mean = _mean(here), _mean(there)
        reasons = []
        if not here and there:
            reasons.append("none")
        elif len(here) < limits.fewer_than_share * count:
            reasons.append("few")
        if own_mean is not None and peer_mean is not None and own_mean <= peer_mean - limits.points_below_x100:
            reasons.append("immature")
        found.append(AffairStanding(affair, len(here), own_mean, count, peer_mean, tuple(reasons)))
    return sorted(found, key=lambda one: (not one.reasons, one.own_count - one.peer_count, one.affair))


def candidates(
    own: Sequence[Work], peers: Mapping[str, Sequence[Work]], affair: str, limits: Limits, most: int = 5
) -> list[Candidate]:
    """What the peers do in an affair that ours does not do yet, what most of them do first.

    A work that is as good as one of ours (similarity from `same_from`) is no candidate; of works that are alike among
    the peers only the one of greatest maturity stands.
    """
    theirs = [work for works in peers.values() for work in works if work.affair == affair]
    if not theirs:
        return []
    index = TextIndex([*(work.text for work in theirs), *(work.text for work in own)], limits.stop_words)
    places = list(range(len(theirs)))
    among = index.similarities(places, places)
    to_own = index.similarities(places, list(range(len(theirs), len(theirs) + len(own))))
    found = []
    for place, work in enumerate(theirs):
        nearest = int(to_own[place].argmax()) if own else None
        likeness = float(to_own[place][nearest]) if nearest is not None else 0.0
        if likeness >= limits.same_from:
            continue
        alike = [p for p in places if theirs[p].city != work.city and among[place][p] >= limits.alike_from]
        cities = tuple(dict.fromkeys([work.city, *(theirs[p].city for p in alike)]))
        closest = max(alike, key=lambda p: (among[place][p], -p), default=None)
        compared = [*([] if closest is None else [theirs[closest]]), *([] if nearest is None else [own[nearest]])]
        found.append(
            Candidate(
                work,
                affair,
                cities,
                () if closest is None else index.shared(place, closest),
                own[nearest].key if nearest is not None and likeness > 0 else None,
                likeness,
                index.shared(place, len(theirs) + nearest) if nearest is not None and likeness > 0 else (),
                len(cities) * (1 - likeness),
                work.is_described and any(other.is_described for other in compared),
            )
        )
    found.sort(key=lambda one: (-one.score, -(one.work.maturity_x100 or 0), one.work.key))
    return _apart(found, {work.key: place for place, work in enumerate(theirs)}, among, limits)[:most]


def _apart(
    found: list[Candidate], places: Mapping[str, int], among: NDArray[np.float64], limits: Limits
) -> list[Candidate]:
    """The candidates without those that are like one that stands before them."""
    kept: list[Candidate] = []
    for one in found:
        if all(among[places[one.work.key]][places[other.work.key]] < limits.same_from for other in kept):
            kept.append(one)
    return kept


def _by_affair(works: Iterable[Work]) -> dict[str, list[Work]]:
    grouped: dict[str, list[Work]] = {}
    for work in works:
        if work.affair is not None:
            grouped.setdefault(work.affair, []).append(work)
    return grouped


def _mean(works: Sequence[Work]) -> float | None:
    known = [work.maturity_x100 for work in works if work.maturity_x100 is not None]
    return fmean(known) if known else None


@dataclass(frozen=True)
class Programme:
    """A programme of the medium-term plan (RPJMD): code, name, the affairs that it serves, words, named innovations."""

    code: str
    name: str
    affairs: frozenset[str] = frozenset()
    keywords: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()


def aligned(title_key: str, text: str, affair: str | None, programmes: Sequence[Programme]) -> tuple[str, str] | None:
    """The programme that an innovation serves and why: `named`, `keyword` or `affair`; None where none fits.

    A programme that names the innovation stands first, then one of whose keywords the text uses (of several the one
    with most), then the only one of its affair. `title_key` is the title as the programmes' `titles` spell it.
    """
    for programme in programmes:
        if title_key in programme.titles:
            return programme.code, "named"
    used = {stem(word) for word in words_of(text)}
    hits = [(len({stem(word) for word in one.keywords} & used), -place) for place, one in enumerate(programmes)]
    best = max(hits, default=(0, 0))
    if best[0] > 0:
        return programmes[-best[1]].code, "keyword"
    fitting = [one for one in programmes if affair is not None and affair in one.affairs]
    return (fitting[0].code, "affair") if len(fitting) == 1 else None
