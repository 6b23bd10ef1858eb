"""Whether the reasons of an answer hold: against the policies it was asked about, the content, and each other."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from komainu.domain import Content, Policy, Span
from komainu.judges.safeguard.quotes import Searched
from komainu.judges.safeguard.said import Said, plain_ids

# An id as a rationale may write it; Japanese puts no space around it. `SP1.2` is one too, of no clause.
_ID = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]+)(?:-[A-Za-z])?[0-9]+(?:\.(?:[0-9]+|[a-z]))?(?![A-Za-z0-9])")

_SENTENCE = re.compile(r"(?<=[.!?;])\s+|[。！？\n]")
_APPLIES = re.compile(r"\b(?:violat|breach|appl(?:y|ies)\b|is met\b)|違反|該当|当たる", re.IGNORECASE)
_FOUND = re.compile(
    r"\b(?:violates|is violated|(?:is|are) (?:all )?met|breaches)\b"
    r"|違反(?:する|して|です|だ)|該当(?:する|して)|満たされ(?:る|てい)",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"n't\b|\b(?:not|no|none|never|nor|neither|nothing|without|unless|if|whether|would|could|might|may|cannot)\b"
    r"|ない|なく|ません|ず|なければ|場合|かどうか",
    re.IGNORECASE,
)


class Check(StrEnum):
    """What can be wrong with an answer."""

    UNKNOWN_CLAUSE = "unknown_clause"  # it names a clause that this version of the policy does not have
    UNANSWERED = "unanswered"  # no explicit 0 or 1 for a clause
    NO_EVIDENCE = "no_evidence"  # a violated clause without a quote
    QUOTE_NOT_FOUND = "quote_not_found"
    EVIDENCE_FOR_CLEARED = "evidence_for_cleared"  # a quote for a clause that is not violated
    SEVERITY_MISMATCH = "severity_mismatch"  # severe and nothing violated, or the other way round
    STEP_SAYS_OTHERWISE = "step_says_otherwise"  # before its verdict that nothing is violated it wrote that it is
    RATIONALE_NAMES_UNCITED = "rationale_names_uncited"  # it decides by a clause that the verdict does not cite
    EMPTY_RATIONALE = "empty_rationale"  # something is violated, and it does not say why


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong."""

    check: Check
    detail: str
    clause: str = ""  # label; empty: the whole answer
    is_fatal: bool = True  # else it is noted, and the verdict counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What was found, and where the evidence is."""

    findings: tuple[Finding, ...]
    evidence: Mapping[str, tuple[Span, ...]]  # in the content's text, by label

    @property
    def passed(self) -> bool:
        """Whether every verdict of the answer counts."""
        return not any(finding.is_fatal for finding in self.findings)

    def is_fatal(self, finding: Finding, label: str) -> bool:
        """Whether the finding keeps the verdict on that clause from counting."""
        return finding.is_fatal and finding.clause in {"", label}


def audit(said: Said, *, content: Content, policies: Sequence[Policy], labels: Mapping[str, str]) -> Audit:
    """Audit an answer about these policies; `labels` gives the keys of the clauses by what the answer calls them."""
    evidence: dict[str, tuple[Span, ...]] = {}
    findings = [*_whole(said, policies, labels)]
    text, *turns = (Searched(part) for part in (content.text, *content.context))
    for label in labels:
        findings += _on_clause(label, said, text, turns, evidence)
    return Audit(findings=tuple(findings), evidence=evidence)


def _whole(said: Said, policies: Sequence[Policy], labels: Mapping[str, str]) -> Iterator[Finding]:
    if said.unknown:
        names = ", ".join(said.unknown)[:200]
        yield Finding(check=Check.UNKNOWN_CLAUSE, detail=f"it answers for {names}, which it was not asked about")
    violated = [label for label, is_violated in said.violated.items() if is_violated]
    if said.severity is not None and (said.severity > 0) is not bool(violated):
        detail = f"severity {said.severity} with {len(violated)} clauses violated"
        yield Finding(check=Check.SEVERITY_MISMATCH, detail=detail)
    if violated and not said.rationale:
        yield Finding(check=Check.EMPTY_RATIONALE, detail="it gives no reason for the violation")
    named, invented = _named(said.rationale, policies, labels)
    if invented:
        detail = f"its rationale names {', '.join(invented)[:200]}, which the policy does not have"
        yield Finding(check=Check.UNKNOWN_CLAUSE, detail=detail)
    if not violated and (found := [label for label in labels if label in _affirmed(said.rationale, policies, labels)]):
        detail = f"its rationale says that {', '.join(found)[:200]} is violated, its verdict that nothing is"
        yield Finding(check=Check.RATIONALE_NAMES_UNCITED, detail=detail)
    if named and violated and not named & set(violated):
        detail = f"its rationale names {', '.join(sorted(named))[:200]}, its verdict {', '.join(violated)[:200]}"
        yield Finding(check=Check.RATIONALE_NAMES_UNCITED, detail=detail)


def _on_clause(
    label: str, said: Said, text: Searched, turns: Sequence[Searched], evidence: dict[str, tuple[Span, ...]]
) -> Iterator[Finding]:
    """Findings on one clause; the spans of its quotes go into `evidence`."""
    if label not in said.violated:
        yield Finding(check=Check.UNANSWERED, clause=label, detail=f"no 0 or 1 for {label}")
        return
    quotes = [quote.text for quote in said.quotes if quote.clause == label]
    if not said.violated[label] and _finds(said.steps.get(label, "")):
        detail = f"it wrote that {label} is violated, and then that it is not"
        yield Finding(check=Check.STEP_SAYS_OTHERWISE, clause=label, detail=detail)
        return
    if not said.violated[label]:
        if quotes:
            detail = f"it quotes evidence for {label} and says that it is not violated"
            yield Finding(check=Check.EVIDENCE_FOR_CLEARED, clause=label, detail=detail)
        return
    if not quotes:
        yield Finding(check=Check.NO_EVIDENCE, clause=label, detail=f"no quote for {label}")
        return
    spans = [text.find(quote) for quote in quotes]
    found = [
        span is not None or any(turn.find(quote) is not None for turn in turns)
        for quote, span in zip(quotes, spans, strict=True)
    ]
    evidence[label] = tuple(dict.fromkeys(span for span in spans if span is not None))
    for quote, is_found in zip(quotes, found, strict=True):
        if not is_found:
            detail = f"the content does not say {quote[:80]!r}"
            yield Finding(check=Check.QUOTE_NOT_FOUND, clause=label, detail=detail, is_fatal=not any(found))


def _finds(step: str) -> bool:
    """Whether a sentence without any denial says that the clause is violated."""
    return any(_FOUND.search(sentence) and not _DENIES.search(sentence) for sentence in _SENTENCE.split(step))


def _affirmed(rationale: str, policies: Sequence[Policy], labels: Mapping[str, str]) -> set[str]:
    """The clauses of which a sentence without any denial says that they apply or are violated."""
    found: set[str] = set()
    for sentence in _SENTENCE.split(rationale):
        if _APPLIES.search(sentence) and not _DENIES.search(sentence):
            found |= _named(sentence, policies, labels)[0]
    return found


def _named(rationale: str, policies: Sequence[Policy], labels: Mapping[str, str]) -> tuple[set[str], list[str]]:
    """The violating clauses that a rationale names, by label, and ids that look like this policy's and are not."""
    by_id: dict[str, set[str]] = {}
    for label, key in labels.items():
        by_id.setdefault(key.partition("/")[2].casefold(), set()).add(label)
    known = {clause.id.casefold() for policy in policies for clause in policy.every_clause}
    starts = {found[1].casefold() for one in known if (found := _ID.fullmatch(one))}
    named: set[str] = set()
    invented = []
    for found in _ID.finditer(plain_ids(rationale)):
        folded = found[0].casefold()
        if folded in known:
            named |= by_id.get(folded, set())
        elif found[1].casefold() in starts and found[1].isupper():
            invented.append(found[0])
    return named, invented
