"""What judges miss and block wrongly, over everything: estimated from what people were given to look at by lot."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from komainu.domain import Decision, Ruling
from komainu.metrics.audit import Rates, Stratum, rates

Key = tuple[Ruling, float]  # how judges ruled, and the chance to be looked at


@dataclass(slots=True)
class _Counts:
    members: int = 0
    looked_at: int = 0
    violating: int = 0


@dataclass(slots=True, kw_only=True)
class Tally:
    """The clauses of one kind over many decisions."""

    strata: dict[Key, _Counts] = field(default_factory=dict)

    def take(self, ruling: Ruling, chance: float, said: Ruling | None) -> None:
        """One clause of one decision: how judges ruled, the chance that people look at it, and what they said."""
        counts = self.strata.setdefault((ruling, chance), _Counts())
        counts.members += 1
        if said is not None:
            counts.looked_at += 1
            counts.violating += said is Ruling.VIOLATED

    @property
    def rates(self) -> Rates:
        """Estimates with intervals."""
        by_ruling: dict[Ruling, list[Stratum]] = {ruling: [] for ruling in Ruling}
        for (ruling, _), one in sorted(self.strata.items()):
            by_ruling[ruling].append(Stratum(members=one.members, looked_at=one.looked_at, violating=one.violating))
        return rates(by_ruling[Ruling.CLEAR], by_ruling[Ruling.VIOLATED], by_ruling[Ruling.OPEN])

    def members(self, ruling: Ruling) -> int:
        """How many clauses judges ruled so."""
        return sum(one.members for (ruled, _), one in self.strata.items() if ruled is ruling)


@dataclass(slots=True, kw_only=True)
class Quality:
    """Tallies by whatever is asked for: clauses, policies, languages, months."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    decisions: int = 0  # counted
    uncovered: int = 0  # decisions made when nothing was drawn: nothing is known of them
    pending: int = 0  # drawn decisions that wait for people

    def take(self, decision: Decision, settled: Mapping[str, Ruling], *, names: Mapping[str, str]) -> None:
        """Count a decision; `settled` are the clauses that people settled, `names` the tally of each clause.

        A clause counts as looked at where people settled it and were to: because the decision was drawn, or because
        that clause held the content.
        """
        if not decision.audit_share:
            self.uncovered += 1
            return
        self.decisions += 1
        self.pending += decision.is_drawn and any(key not in settled for key in names)
        for key, name in names.items():
            ruling = decision.rulings[key]
            asked = key in decision.holding  # whatever was drawn; what stays open beside a BLOCK nobody is asked about
            due = decision.is_drawn or asked
            chance = 1.0 if asked else decision.audit_share
            self.tallies.setdefault(name, Tally()).take(ruling, chance, settled.get(key) if due else None)
