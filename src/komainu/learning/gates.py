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
    ruled: Mapping[str, Ruling]  # by people, by clause key; nothing where that would be no measure of a judge


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


async def shadowed(stage: Stage, live: str, rulebook: Rulebook, seen: AsyncIterator[Seen], *, most: int) -> Shadow:
    """Ask a candidate's stage about what the live judge (name@version) was asked, on at most so many contents."""
    found = Shadow()
    async for one in seen:
        if found.contents >= most:
            break
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
    violating: int = 0  # clauses that it gave a verdict on, and people found violated
    missed: int = 0  # of them, under .5
    fine: int = 0  # the same of those people found clear
    wrongly: int = 0  # of them, at .5 or above

    @property
    def ruled(self) -> int:
        """Clauses that it gave a verdict on, and people ruled on."""
        return self.violating + self.fine

    @property
    def wrong(self) -> int:
        """Of them, those on the wrong side."""
        return self.missed + self.wrongly

    def take(self, judge: str, seen: Seen) -> None:
        """Count a decision, if the judge was asked there."""
        mine = [opinion for opinion in seen.decision.opinions if opinion.judge == judge]
        self.decisions += bool(mine)
        self.opinions += len(mine)
        for opinion in mine:
            if isinstance(opinion, Abstention):
                self.failed += opinion.is_failure
            elif (ruled := seen.ruled.get(opinion.clause)) is Ruling.VIOLATED:
                self.violating += 1
                self.missed += opinion.probability < _EVEN
            elif ruled is Ruling.CLEAR:
                self.fine += 1
                self.wrongly += opinion.probability >= _EVEN


def canary_problem(live: Heard, tried: Heard) -> str:
    """Why the candidate must be taken back; empty where nothing speaks against it (Fisher, exact, one-sided).

    Misses and alarms are tested apart, since what people rule on differs between a judge that holds much and one that
    holds little.
    """
    tests: Sequence[tuple[str, int, int, int, int]] = (
        ("fails on", tried.failed, tried.opinions, live.failed, live.opinions),
        ("misses violations that people found:", tried.missed, tried.violating, live.missed, live.violating),
        ("is wrong on what people cleared:", tried.wrongly, tried.fine, live.wrongly, live.fine),
    )
    for what, mine, of_mine, theirs, of_theirs in tests:
        if not of_mine or not of_theirs:
            continue
        table = [[mine, of_mine - mine], [theirs, of_theirs - theirs]]
        chance = float(library("scipy.stats").fisher_exact(table, alternative="greater").pvalue)
        if chance < LEVEL:
            return f"it {what} {mine} of {of_mine}, the live judge {theirs} of {of_theirs} (p = {chance:.3f})"
    return ""


def canary_waits(live: Heard, tried: Heard, *, rulings: int, violating: int) -> str:
    """What is still missing before a candidate may go live; empty where nothing is: rulings on both judges."""
    for whose, one in (("the candidate", tried), ("the live judge", live)):
        if one.ruled < rulings:
            return f"people ruled on {one.ruled} clauses of {whose}, of {rulings} needed"
        if one.violating < violating:
            return f"people found {one.violating} violations among those of {whose}, of {violating} needed"
    return ""
