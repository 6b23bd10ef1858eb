"""What a candidate must pass before it decides: a shadow, then a canary. Each falls back by itself."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from komainu.cascade import Stage
from komainu.domain import Abstention, Content, Decision, Opinion, Rulebook, Ruling, Verdict
from komainu.metrics.libraries import library

LEVEL = 0.05  # of the one-sided tests that a candidate is worse
_EVEN = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A decision, and what people have ruled on it."""

    decision: Decision
    content: Content | None  # None: forgotten
    ruled: Mapping[str, Ruling]  # by people, by clause key


@dataclass(slots=True, kw_only=True)
class Shadow:
    """A candidate beside what the live judge said on the same contents."""

    contents: int = 0
    clauses: int = 0  # that both gave a verdict on
    failed: int = 0  # that the candidate failed on
    flips: dict[tuple[Ruling, Ruling], int] = field(default_factory=dict)  # from what the live one came to
    ruled: int = 0  # clauses that a person ruled on, and both gave a verdict on
    only_live_wrong: int = 0  # of them, on the wrong side of .5
    only_candidate_wrong: int = 0

    @property
    def worse_by_chance(self) -> float:
        """The p-value of "the candidate is no worse" (McNemar, exact, one-sided); 1 where they never differ."""
        differing = self.only_live_wrong + self.only_candidate_wrong
        if not differing:
            return 1.0
        test = library("scipy.stats").binomtest(self.only_candidate_wrong, differing, _EVEN, alternative="greater")
        return float(test.pvalue)

    @property
    def problem(self) -> str:
        """Why the candidate must not go on; empty where it may."""
        if self.failed:
            return f"it failed on {self.failed} clauses of {self.contents} contents"
        if self.worse_by_chance < LEVEL:
            return (
                f"of {self.ruled} clauses that people ruled on it alone is wrong on {self.only_candidate_wrong}, "
                f"the live judge alone on {self.only_live_wrong} (p = {self.worse_by_chance:.3f})"
            )
        return ""


async def shadowed(stage: Stage, live: str, rulebook: Rulebook, seen: AsyncIterator[Seen]) -> Shadow:
    """Ask a candidate's stage about what the live judge (name@version) was asked, by what is on record of it."""
    found = Shadow()
    async for one in seen:
        if one.content is None:
            continue
        before = {said.clause: said for said in one.decision.opinions if said.judge == live}
        clauses = [clause for clause in rulebook.clauses if clause.key in before]
        if not clauses:
            continue
        found.contents += 1
        given = await stage.ask(one.content, clauses, rulebook)
        at = one.decision.decided_at
        rulings = (stage.rulings(list(before.values()), rulebook, at), stage.rulings(given, rulebook, at))
        for opinion in given:
            _count(found, before[opinion.clause], opinion, one.ruled.get(opinion.clause), rulings)
    return found


def _count(
    found: Shadow,
    before: Opinion,
    after: Opinion,
    ruled: Ruling | None,
    rulings: tuple[Mapping[str, Ruling], Mapping[str, Ruling]],
) -> None:
    if isinstance(after, Abstention):
        found.failed += not after.was_heard
        return
    if not isinstance(before, Verdict):
        return
    found.clauses += 1
    change = (rulings[0][before.clause], rulings[1][after.clause])
    if change[0] is not change[1]:
        found.flips[change] = found.flips.get(change, 0) + 1
    if ruled is not None:
        found.ruled += 1
        wrong = [(one.probability >= _EVEN) is not (ruled is Ruling.VIOLATED) for one in (before, after)]
        found.only_live_wrong += wrong[0] and not wrong[1]
        found.only_candidate_wrong += wrong[1] and not wrong[0]


@dataclass(slots=True, kw_only=True)
class Heard:
    """What became of one judge's opinions."""

    decisions: int = 0
    opinions: int = 0
    failed: int = 0
    ruled: int = 0  # clauses that it gave a verdict on, and a person ruled on
    wrong: int = 0  # of them, on the wrong side of .5

    def take(self, judge: str, seen: Seen) -> None:
        """Count a decision, if the judge was asked there."""
        mine = [opinion for opinion in seen.decision.opinions if opinion.judge == judge]
        self.decisions += bool(mine)
        self.opinions += len(mine)
        for opinion in mine:
            if isinstance(opinion, Abstention):
                self.failed += opinion.is_failure
            elif (ruled := seen.ruled.get(opinion.clause)) is not None:
                self.ruled += 1
                self.wrong += (opinion.probability >= _EVEN) is not (ruled is Ruling.VIOLATED)


def canary_problem(live: Heard, tried: Heard) -> str:
    """Why the candidate must be taken back; empty where nothing speaks against it (Fisher, exact, one-sided)."""
    tests: Sequence[tuple[str, int, int, int, int]] = (
        ("fails", tried.failed, tried.opinions, live.failed, live.opinions),
        ("is wrong by what people ruled", tried.wrong, tried.ruled, live.wrong, live.ruled),
    )
    for what, mine, of_mine, theirs, of_theirs in tests:
        if not of_mine or not of_theirs:
            continue
        table = [[mine, of_mine - mine], [theirs, of_theirs - theirs]]
        chance = float(library("scipy.stats").fisher_exact(table, alternative="greater").pvalue)
        if chance < LEVEL:
            return f"it {what} on {mine} of {of_mine}, the live judge on {theirs} of {of_theirs} (p = {chance:.3f})"
    return ""
