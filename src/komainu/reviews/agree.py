"""How far reviewers agree: by clause, each with the others, and each with what is known."""

from collections.abc import AsyncIterator, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from komainu.domain import Review, Ruling
from komainu.metrics import Agreement, agreement
from komainu.reviews.golden import known_of
from komainu.store import Store

FEWEST = 10  # items that two people ruled on, before a figure is taken
_PAGE = 1_000
_KNOWN = ""  # no reviewer's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """Agreement on one clause, or of one reviewer with the others."""

    name: str  # key of the clause, or the reviewer; empty: all of them
    items: int  # a clause of one decision each, that two people ruled on
    figures: Agreement | None  # None: fewer than FEWEST items


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """One reviewer on golden items."""

    name: str
    items: int  # a clause of one item each, whose answer is known
    missed: int  # of them, violated ones that the reviewer cleared
    overblocked: int  # clear ones that the reviewer found violated
    figures: Agreement | None  # with what is known; None: fewer than FEWEST items


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreements:
    """All that the record says about it."""

    everything: Agreed
    clauses: tuple[Agreed, ...]
    reviewers: tuple[Agreed, ...]
    golden: tuple[Proven, ...]


@dataclass(slots=True, kw_only=True)
class _Judged:
    """One clause of one decision."""

    decision: str
    clause: str
    known: bool | None = None  # of a golden item: whether the content violates it
    words: dict[str, bool] = field(default_factory=dict)  # by reviewer: the first word of each


async def agreements(store: Store, *, clause: str = "") -> Agreements:
    """Agreement over the record, on one clause where it is named.

    A person's first word counts, since later ones may have been given knowing of others. Golden items count only
    against what is known. Intervals resample whole decisions: rulings on one content resemble each other.
    """
    golden = {decision.id: decision.content for decision in await store.golden()}
    answers = {digest: known_of(await store.labels(content=digest)) for digest in set(golden.values())}
    judged: dict[tuple[str, str], _Judged] = {}
    async for review in _reviews(store):
        for key, ruling in review.rulings.items():
            if not clause or key == clause:
                one = judged.setdefault((review.decision, key), _Judged(decision=review.decision, clause=key))
                one.words.setdefault(review.reviewer, ruling is Ruling.VIOLATED)
    for one in judged.values():
        one.known = answers[golden[one.decision]].get(one.clause) if one.decision in golden else None
    real = [one for one in judged.values() if one.decision not in golden]
    names = sorted({name for one in judged.values() for name in one.words})
    clauses = sorted({one.clause for one in real})
    proven = (_proven(name, [one for one in judged.values() if one.known is not None]) for name in names)
    return Agreements(
        everything=_agreed("", real),
        clauses=tuple(_agreed(key, [one for one in real if one.clause == key]) for key in clauses),
        reviewers=tuple(_with_others(name, real) for name in names),
        golden=tuple(one for one in proven if one.items),
    )


async def _reviews(store: Store) -> AsyncIterator[Review]:
    after = ""
    while page := await store.reviewed(after=after, limit=_PAGE):
        for review in page:
            yield review
        after = page[-1].id


def _agreed(name: str, judged: Sequence[_Judged]) -> Agreed:
    twice = [one for one in judged if len(one.words) > 1]
    return Agreed(name=name, items=len(twice), figures=_figures(judged, [one.words for one in judged], len(twice)))


def _with_others(name: str, judged: Iterable[_Judged]) -> Agreed:
    """The reviewer in pairs, with each who ruled on the same."""
    shared = [one for one in judged if name in one.words and len(one.words) > 1]
    pairs = [(one, other) for one in shared for other in one.words if other != name]
    words = [{name: one.words[name], other: one.words[other]} for one, other in pairs]
    return Agreed(name=name, items=len(shared), figures=_figures([one for one, _ in pairs], words, len(shared)))


def _proven(name: str, judged: Iterable[_Judged]) -> Proven:
    ruled = [one for one in judged if name in one.words]
    words = [{name: one.words[name], _KNOWN: one.known} for one in ruled]
    return Proven(
        name=name,
        items=len(ruled),
        missed=sum(bool(one.known) and not one.words[name] for one in ruled),
        overblocked=sum(not one.known and one.words[name] for one in ruled),
        figures=_figures(ruled, words, len(ruled)),
    )


def _figures(judged: Sequence[_Judged], words: Sequence[Mapping[str, Hashable]], items: int) -> Agreement | None:
    if items < FEWEST:
        return None
    return agreement(words, clusters=[one.decision for one in judged])
