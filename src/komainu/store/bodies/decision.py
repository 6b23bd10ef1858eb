"""A decision <-> its body: opinions stand in columns, one block for each run of opinions by the same judge."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count, groupby
from operator import attrgetter

from komainu.domain import Abstention, Action, Call, Decision, Opinion, Reason, Span, StageRun, Verdict
from komainu.store.bodies.rulings import read_rulings, write_rulings
from komainu.store.bodies.text import Body, pack, pack_name, read_moment, unpack, whole, write_moment, write_number

_CLAUSE, _JUDGE = attrgetter("clause"), attrgetter("judge")


def write_decision(decision: Decision, superseded: Decision | None = None, entry: int = 0) -> Body:
    """The body: no word of the content, of a rationale or of a detail is in it.

    `superseded` is the decision in whose place it stands, `entry` that of it in the ledger.

    `clauses` are the keys that are ruled on and then those that only opinions name; everything else refers to them by
    place. `rulings` has one letter per clause ruled on: c(lear), v(iolated), o(pen); a capital where it holds.
    """
    keys = dict.fromkeys(chain(decision.rulings, map(_CLAUSE, decision.opinions)))
    place = dict(zip(keys, count(), strict=False))
    body: Body = {
        "action": decision.action.label,
        "clauses": [pack_name(key, "the key of a clause") for key in place],
        "content": pack(decision.content),
        "decided_at": write_moment(decision.decided_at),
        "opinions": [_write_block(judge, run, place) for judge, run in groupby(decision.opinions, _JUDGE)],
        "policies": [pack(policy) for policy in decision.policies],
        "rulebook": pack(decision.rulebook),
        "rulings": write_rulings(decision.rulings, decision.holding),
        "stages": [
            [pack(stage.judge), whole(stage.asked, "asked"), write_number(stage.seconds)] for stage in decision.stages
        ],
    }
    if decision.drawn_as:
        body["drawn_as"] = pack(decision.drawn_as)
    if decision.audit_share:
        body["audit_share"] = write_number(decision.audit_share)
    if decision.calls:
        body["calls"] = [_write_call(call) for call in decision.calls]
    if superseded is not None:
        body["supersedes"] = {
            "decision": pack(superseded.id),
            "entry": entry,
            "holding": [pack(key) for key in superseded.holding],
        }
    return body


def words_of(decision: Decision) -> list[tuple[int, str]]:
    """Rationales and details by the place of their opinion, then remedies by that behind the last opinion.

    They may quote the content.
    """
    said = [opinion.rationale if isinstance(opinion, Verdict) else opinion.detail for opinion in decision.opinions]
    said += [opinion.remedy if isinstance(opinion, Verdict) else "" for opinion in decision.opinions]
    return [(place, words) for place, words in enumerate(said) if words]


def read_decision(decision_id: str, body: Body, words: Mapping[int, str]) -> Decision:
    """The decision that was written, with the words that are still there."""
    keys = [unpack(key) for key in body["clauses"]]
    return Decision(
        id=unpack(decision_id),
        content=unpack(body["content"]),
        action=Action.of(body["action"]),
        rulings=read_rulings(keys, body["rulings"]),
        opinions=tuple(_read_opinions(body["opinions"], keys, words)),
        stages=tuple(
            StageRun(judge=unpack(judge), asked=asked, seconds=float(seconds))
            for judge, asked, seconds in body["stages"]
        ),
        rulebook=unpack(body["rulebook"]),
        policies=tuple(unpack(policy) for policy in body["policies"]),
        decided_at=read_moment(body["decided_at"]),
        calls=tuple(_read_call(call) for call in body.get("calls", ())),
        supersedes=unpack(body["supersedes"]["decision"]) if "supersedes" in body else "",
        drawn_as=unpack(body.get("drawn_as", "")),
        audit_share=float(body.get("audit_share", 0.0)),
        holding=tuple(key for key, letter in zip(keys, body["rulings"], strict=False) if letter.isupper()),
    )


def _write_block(judge: str, opinions: Iterable[Opinion], place: Mapping[str, int]) -> Body:
    """`p` has null where the judge abstained; what few opinions have is listed by place in the block, or left out."""
    given = list(opinions)
    optional: Body = {"abstained": {}, "effort": [], "cost_usd": [], "severity": [], "confidence": [], "evidence": []}
    for row, opinion in enumerate(given):
        if isinstance(opinion, Abstention):
            optional["abstained"].setdefault(opinion.reason.value, []).append(row)
            continue
        if opinion.effort:
            optional["effort"].append([row, pack(opinion.effort)])
        if opinion.cost_usd:
            optional["cost_usd"].append([row, write_number(opinion.cost_usd)])
        if opinion.severity:
            optional["severity"].append([row, whole(opinion.severity, "a severity")])
        if opinion.confidence:
            optional["confidence"].append([row, pack(opinion.confidence)])
        if opinion.evidence:
            optional["evidence"].extend([row, span.start, whole(span.end, "a span")] for span in opinion.evidence)
    return {
        "judge": pack(judge),
        "clauses": [place[opinion.clause] for opinion in given],
        "p": [write_number(opinion.probability) if isinstance(opinion, Verdict) else None for opinion in given],
        **{name: column for name, column in optional.items() if column},
    }


def _read_opinions(blocks: list[Body], keys: list[str], words: Mapping[int, str]) -> Iterator[Opinion]:
    first, total = 0, sum(len(block["p"]) for block in blocks)
    remedies = {place - total: said for place, said in words.items() if place >= total}
    for block in blocks:
        yield from _read_block(block, keys, words, remedies, first)
        first += len(block["p"])


def _read_block(
    block: Body, keys: list[str], words: Mapping[int, str], remedies: Mapping[int, str], first: int
) -> Iterator[Opinion]:
    """The opinions of a block whose first one has the place `first` among all."""
    judge = unpack(block["judge"])
    reasons = {row: Reason(reason) for reason, rows in block.get("abstained", {}).items() for row in rows}
    efforts = {row: unpack(effort) for row, effort in block.get("effort", ())}
    costs = {row: float(cost) for row, cost in block.get("cost_usd", ())}
    severities = {row: int(severity) for row, severity in block.get("severity", ())}
    confidences = {row: unpack(confidence) for row, confidence in block.get("confidence", ())}
    evidence: dict[int, list[Span]] = {}
    for row, start, end in block.get("evidence", ()):
        evidence.setdefault(row, []).append(Span(start=start, end=end))
    for row, (place, probability) in enumerate(zip(block["clauses"], block["p"], strict=True)):
        said = words.get(first + row, "")
        if probability is None:
            yield Abstention(clause=keys[place], judge=judge, reason=reasons[row], detail=said)
        else:
            yield Verdict(
                clause=keys[place],
                judge=judge,
                probability=float(probability),
                rationale=said,
                evidence=tuple(evidence.get(row, ())),
                effort=efforts.get(row, ""),
                cost_usd=costs.get(row, 0.0),
                severity=severities.get(row, 0),
                confidence=confidences.get(row, ""),
                remedy=remedies.get(first + row, ""),
            )


_TOKENS = ("tokens_in", "tokens_cached", "tokens_reasoning", "tokens_out")


def _write_call(call: Call) -> Body:
    purpose = {"purpose": pack(call.purpose)} if call.purpose else {}
    return purpose | {
        "judge": pack(call.judge),
        "model": pack(call.model),
        "policies": [pack(policy) for policy in call.policies],
        "effort": pack(call.effort),
        "outcome": pack(call.outcome),
        "findings": [pack(finding) for finding in call.findings],
        "tokens": [whole(getattr(call, name), name) for name in _TOKENS],
        "seconds": write_number(call.seconds),
        "cost_usd": write_number(call.cost_usd),
    }


def _read_call(body: Body) -> Call:
    return Call(
        judge=unpack(body["judge"]),
        model=unpack(body["model"]),
        policies=tuple(unpack(policy) for policy in body["policies"]),
        effort=unpack(body["effort"]),
        purpose=unpack(body.get("purpose", "")),
        outcome=unpack(body["outcome"]),
        findings=tuple(unpack(finding) for finding in body["findings"]),
        **dict(zip(_TOKENS, map(int, body["tokens"]), strict=True)),
        seconds=float(body["seconds"]),
        cost_usd=float(body["cost_usd"]),
    )
