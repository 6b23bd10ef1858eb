"""The clauses of a rulebook as contents are compared with them: part by part, the rule first, then its exceptions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from komainu.judges.embedded.head import FEATURES, NONE, SPREAD, Floats, Looked, Places, met, over_rivals
from komainu.judges.embedded.weights import Weights

_CHUNK = 2_000  # tokens of parts that ordinary texts are compared with at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What was read of a rulebook. Part after part: of each clause its rule, then its exceptions, in pieces."""

    keys: Floats
    wholes: Floats
    weights: Floats
    starts: Places
    mean: Floats  # (LIKENESS, parts): of ordinary texts
    scale: Floats  # (LIKENESS, parts): their standard deviation
    gates: Floats  # (clauses, FEATURES + 1)
    rules: Places  # the parts that are rules
    rule_starts: Places  # (clauses,): the first part of each among `rules`
    exceptions: Places  # the parts that are exceptions
    exception_starts: Places  # (clauses that have some,): the first of each among `exceptions`
    excused: Places  # (clauses that have some,): which clauses these are
    policies: Places  # (policies,): the first clause of each

    @property
    def looked(self) -> Looked:
        """The parts; what they say as a whole is not kept."""
        nothing = np.zeros((len(self.starts), 0), np.float32)
        return Looked(keys=self.keys, wholes=self.wholes, weights=self.weights, starts=self.starts, means=nothing)


def features_of(parts: Parts, likeness: Floats) -> Floats:
    """What the head weighs, (FEATURES, clauses, contents), from `met` (LIKENESS, parts, contents)."""
    above = (likeness - parts.mean[..., None]) / parts.scale[..., None]
    rule = np.maximum.reduceat(above[:, parts.rules], parts.rule_starts, axis=1)
    out = np.zeros((len(FEATURES), *rule.shape[1:]), np.float32)
    out[:3] = rule
    out[3:6] = over_rivals(rule, parts.policies)
    sizes = np.diff(np.append(parts.policies, rule.shape[1]))
    out[8] = np.repeat(sizes > 1, sizes)[:, None]
    if parts.excused.size:
        found = above[1:, parts.exceptions].mean(0)
        exception = np.maximum(np.maximum.reduceat(found, parts.exception_starts, axis=0), NONE)
        out[6, parts.excused] = exception
        out[7, parts.excused] = exception - rule[1:, parts.excused].mean(0)
        out[9, parts.excused] = 1.0
    return out


def read_parts(parts: list[list[Any]], sizes: Sequence[int], weights: Weights) -> Parts:
    """Read every part once, however often the policies say it.

    `parts` holds for each clause its rule and its exceptions, each in pieces of ids; `sizes` the clauses of each
    policy.
    """
    wanted = list(dict.fromkeys(piece for clause in parts for part in clause for piece in part))
    place = {piece: number for number, piece in enumerate(wanted)}
    states = weights.reader.states(wanted)
    looked = weights.head.look(states, parts=True)
    mean, scale = _usual(looked, weights.ordinary)
    means = np.stack([np.concatenate([states[place[piece]] for piece in clause[0]]).mean(0) for clause in parts])
    rules = [[place[piece] for piece in clause[0]] for clause in parts]
    exceptions = [[place[piece] for part in clause[1:] for piece in part] for clause in parts]
    excused = [row for row, some in enumerate(exceptions) if some]
    return Parts(
        keys=looked.keys,
        wholes=looked.wholes,
        weights=looked.weights,
        starts=looked.starts,
        mean=mean,
        scale=scale,
        gates=weights.head.gates(means),
        rules=_flat(rules),
        rule_starts=_starts(map(len, rules)),
        exceptions=_flat([exceptions[row] for row in excused]),
        exception_starts=_starts(len(exceptions[row]) for row in excused),
        excused=np.array(excused, np.intp),
        policies=_starts(sizes),
    )


def _usual(parts: Looked, ordinary: Looked) -> tuple[Floats, Floats]:
    """How much ordinary texts are like each part: mean and standard deviation."""
    means, scales = [], []
    for some in _chunks(parts):
        found = met(some, ordinary).likeness
        means.append(found.mean(-1))
        scales.append(found.std(-1, ddof=1) + SPREAD)
    return np.concatenate(means, axis=1), np.concatenate(scales, axis=1)


def _chunks(parts: Looked) -> Iterator[Looked]:
    ends = np.append(parts.starts[1:], len(parts.keys))
    first = 0
    while first < len(parts):
        start = parts.starts[first]
        last = max(first + 1, int(np.searchsorted(ends, start + _CHUNK, side="right")))
        tokens = slice(start, ends[last - 1])
        yield Looked(
            keys=parts.keys[tokens],
            wholes=parts.wholes[first:last],
            weights=parts.weights[tokens],
            starts=parts.starts[first:last] - start,
            means=parts.means[first:last],
        )
        first = last


def _flat(groups: Sequence[Sequence[int]]) -> Places:
    return np.array([one for group in groups for one in group], np.intp)


def _starts(lengths: Any) -> Places:
    return np.cumsum([0, *lengths], dtype=np.intp)[:-1]
