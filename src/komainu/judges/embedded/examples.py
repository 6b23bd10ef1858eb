"""What a policy's own examples teach the judge about its clauses, as soon as the policy is read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from komainu.domain import Clause, Content, Policy
from komainu.judges.embedded.adaptation import Correction, correction
from komainu.judges.embedded.head import Floats, Places
from komainu.judges.embedded.meanings import meanings
from komainu.judges.embedded.parts import Parts
from komainu.judges.embedded.readable import unreadable
from komainu.judges.embedded.weights import Weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """The corrections that examples made."""

    rows: Places  # (n,): the clauses
    lines: Floats  # (n, 2): slope and shift of each
    directions: Floats  # (n, width)
    labels: Places  # (n,): how many examples made it

    @classmethod
    def of(cls, made: Mapping[int, Correction], width: int) -> Self:
        """From the corrections by row."""
        return cls(
            rows=np.array(list(made), np.intp),
            lines=np.array([(one.slope, one.shift) for one in made.values()], np.float32).reshape(-1, 2),
            directions=np.array([one.direction for one in made.values()], np.float32).reshape(-1, width),
            labels=np.array([one.labels for one in made.values()], np.intp),
        )

    def corrections(self) -> dict[int, Correction]:
        """By the clause's row."""
        return {
            int(row): Correction(slope=float(slope), shift=float(shift), direction=direction, labels=int(labels))
            for row, (slope, shift), direction, labels in zip(
                self.rows, self.lines, self.directions, self.labels, strict=True
            )
        }


def examples_of(policy: Policy, clause: Clause) -> dict[str, bool]:
    """The texts that the policy gives as examples for a clause, and whether they violate it."""
    fine = [example for allowed in policy.exceptions_to(clause) for example in allowed.examples]
    given = dict.fromkeys((*fine, *policy.fine), False) | dict.fromkeys(clause.examples, True)
    return {text: violates for text, violates in given.items() if not unreadable(text)}


def taught(policy: Policy, read: Parts, weights: Weights) -> Iterator[tuple[int, Correction]]:
    """For each clause of the policy that examples of both kinds speak of, its row in `read` and what they come to.

    `read` is that of this policy alone.
    """
    given = [examples_of(policy, clause) for clause in policy.clauses]
    given = [one if len(set(one.values())) == 2 else {} for one in given]
    wanted = list(dict.fromkeys(text for one in given for text in one))
    slope, shift = weights.calibration.lines([policy.language] * len(given))
    found = list(meanings([Content(text=text) for text in wanted], read, weights))
    place = {text: number for number, text in enumerate(wanted)}
    for row, examples in enumerate(given):
        if not examples:
            continue
        mine = [found[place[text]] for text in examples]
        logits = slope[row] * np.array([one[row] for one, _ in mine]) + shift[row]
        made = correction(logits, np.array([meaning for _, meaning in mine]), list(examples.values()))
        if made is not None:
            yield row, made
