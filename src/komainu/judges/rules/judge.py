"""The judge that matches exact rules."""

import asyncio
import unicodedata
from bisect import bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import accumulate
from threading import Lock

from komainu.domain import Abstention, Clause, Content, Opinion, Reason, Rulebook, Span, Verdict
from komainu.errors import JudgeError
from komainu.judges.rules.compiled import MAX_EVIDENCE, Compiled, Kind, Rule, compile_rules
from komainu.judges.rules.folding import TABLE_VERSION
from komainu.judges.rules.search import Stretch, search, with_marks

RULEBOOKS_KEPT = 4  # compiled rulebooks kept ready; one of 100,000 phrases takes about 150 MB
INLINE_LENGTH = 20_000  # characters; longer texts are searched in a thread
RULES_NAMED = 3  # rules that one rationale names
HASH_SHOWN = 12  # hex digits

# The Unicode data decide what looks like what, so they are part of the version.
NAME = f"rules@1+uts39-{TABLE_VERSION}.ucd-{unicodedata.unidata_version}"


class RulesJudge:
    """Finds what violates a clause wherever it occurs: phrases and words through disguises, patterns, hashes.

    It says VIOLATED (probability 1) or nothing: a text that matches no exact rule may violate the clause all the same.
    A match that lies wholly within a match of an allowed clause which limits the clause is excused. Only the content's
    own text is matched, not its context.

    JudgeError where a rule cannot be searched (a pattern that RE2 does not take, a phrase with nothing visible in it).
    """

    def __init__(self) -> None:
        self._compiler = ThreadPoolExecutor(max_workers=1, thread_name_prefix="komainu-rules")
        self._ready: OrderedDict[str, Future[_Prepared | JudgeError]] = OrderedDict()
        self._lock = Lock()

    @property
    def name(self) -> str:
        """Name and version, with those of the Unicode data."""
        return NAME

    async def judge(self, content: Content, clauses: Sequence[Clause], rulebook: Rulebook) -> Sequence[Opinion]:
        """One opinion per clause: a verdict with the stretches that match, or an abstention."""
        future = self._prepared(rulebook)
        prepared = future.result() if future.done() else await asyncio.shield(asyncio.wrap_future(future))
        if isinstance(prepared, JudgeError):
            raise JudgeError(str(prepared))  # a new one: raised again and again, one error would gather tracebacks
        if len(content.text) > INLINE_LENGTH:
            return await asyncio.to_thread(prepared.opinions, content.text, clauses)
        return prepared.opinions(content.text, clauses)

    def _prepared(self, rulebook: Rulebook) -> "Future[_Prepared | JudgeError]":
        """The rulebook made ready, or about to be; each is compiled once, off the event loop."""
        with self._lock:
            future = self._ready.get(rulebook.digest)
            if future is None:
                future = self._ready[rulebook.digest] = self._compiler.submit(_prepare, rulebook)
                while len(self._ready) > RULEBOOKS_KEPT:
                    self._ready.popitem(last=False)
            else:
                self._ready.move_to_end(rulebook.digest)
            return future


class _Prepared:
    """One rulebook made ready, and the abstentions it gives where nothing matches."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._compiled = compile_rules(rulebook)
        self._silent = {clause.key: _abstention(clause.key, self._compiled) for clause in rulebook.clauses}
        self._last: tuple[Sequence[Clause], Sequence[Opinion]] = ((), ())  # clauses asked about, abstentions on them

    def opinions(self, text: str, clauses: Sequence[Clause]) -> Sequence[Opinion]:
        found = search(text, self._compiled) if self._compiled.rules else {}
        if not found:
            return self._silences(clauses)
        by_owner: dict[str, list[tuple[Rule, set[Stretch]]]] = defaultdict(list)
        for number in sorted(found):
            rule = self._compiled.rules[number]
            by_owner[rule.owner].append((rule, found[number]))
        return [self._opinion(clause.key, text, by_owner) for clause in clauses]

    def _silences(self, clauses: Sequence[Clause]) -> Sequence[Opinion]:
        asked, silent = self._last
        if clauses is not asked:
            silent = tuple(self._silence(clause.key) for clause in clauses)
            if isinstance(clauses, tuple):  # which cannot change until the next call
                self._last = (clauses, silent)
        return silent

    def _silence(self, key: str) -> Abstention:
        return self._silent.get(key) or _abstention(key, self._compiled)

    def _opinion(self, key: str, text: str, by_owner: Mapping[str, list[tuple[Rule, set[Stretch]]]]) -> Opinion:
        allowed = self._compiled.exceptions.get(key, ())
        excuses = _Excuses(stretch for owner in allowed for _, found in by_owner.get(owner, ()) for stretch in found)
        matches = [(rule, [one for one in found if not excuses.cover(*one)]) for rule, found in by_owner.get(key, ())]
        matches = [(rule, stretches) for rule, stretches in matches if stretches]
        if not matches:
            return self._silence(key)
        evidence = _evidence(text, [stretch for _, stretches in matches for stretch in stretches])
        rationale = _rationale(key, [rule for rule, _ in matches])
        return Verdict(clause=key, judge=NAME, probability=1.0, rationale=rationale, evidence=evidence)


def _prepare(rulebook: Rulebook) -> _Prepared | JudgeError:
    """The rulebook made ready, or why it cannot be."""
    try:
        return _Prepared(rulebook)
    except JudgeError as error:
        return error


class _Excuses:
    """The stretches that allowed clauses match."""

    def __init__(self, stretches: Iterable[Stretch]) -> None:
        ordered = sorted(stretches)
        self._starts = [start for start, _ in ordered]
        self._furthest = list(accumulate((end for _, end in ordered), max))  # end among this one and those before it

    def cover(self, start: int, end: int) -> bool:
        """Whether one of them covers the whole of `start` to `end`."""
        before = bisect_right(self._starts, start)
        return before > 0 and self._furthest[before - 1] >= end


def _abstention(key: str, compiled: Compiled) -> Abstention:
    detail = "no exact rule matched" if key in compiled.ruled else "no exact rule"
    return Abstention(clause=key, judge=NAME, reason=Reason.CANNOT_SAY, detail=detail)


def _evidence(text: str, stretches: list[Stretch]) -> tuple[Span, ...]:
    """The stretches in order, overlapping ones as one, the first twenty."""
    merged: list[Stretch] = []
    for start, end in sorted(stretches):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif len(merged) == MAX_EVIDENCE:
            break
        else:
            merged.append((start, end))
    return tuple(Span(start=start, end=with_marks(text, end)) for start, end in merged)


def _rationale(key: str, rules: Sequence[Rule]) -> str:
    named = [_named(rule) for rule in rules[:RULES_NAMED]]
    more = len(rules) - len(named)
    return f"matches {', '.join(named)}{f' and {more} more' if more else ''} of {key.rpartition('/')[2]}"


def _named(rule: Rule) -> str:
    written = f"{rule.written[:HASH_SHOWN]}…" if rule.kind is Kind.HASH else f'"{rule.written}"'
    return f"the {rule.kind} {written}"
