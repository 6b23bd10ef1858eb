import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pytest

from komainu.cascade import Stage
from komainu.domain import Clause, Content, Opinion, Reason, Rulebook
from komainu.errors import InputError
from komainu.judges.checks import sample_rulebook
from komainu.judges.scripted import ScriptedJudge
from komainu.learning.certify import Aim
from komainu.learning.certifying import Certified, certified
from komainu.learning.labels import ClauseLabels, name_of
from komainu.store.samples import NOON

POLICY = sample_rulebook().policies[0]
FIRST, SECOND = POLICY.clauses[0], POLICY.clauses[1]


def text(number: int, violates: bool) -> str:
    return f"{'bad' if violates else 'good'} text {number}"


def uniform(content: Content) -> float:
    """As good as a judge may be that is wrong now and then, and always the same."""
    share = int(hashlib.sha256(content.text.encode()).hexdigest()[:8], 16) / 16**8
    return share**0.25 if content.text.startswith("bad") else share**4


@dataclass
class Memory:
    """Labels that lie in memory."""

    all_contents: list[Content]
    clauses: Mapping[str, ClauseLabels]

    def contents(self, places: Sequence[int]) -> Iterator[Content]:
        return (self.all_contents[place] for place in places)


def labels(violating: int, fine: int, *keys: str) -> Memory:
    contents = [Content(text=text(number, True)) for number in range(violating)]
    contents += [Content(text=text(number, False)) for number in range(fine)]
    made = ClauseLabels(
        contents=np.array([name_of(content) for content in contents], "S16"),
        violates=np.arange(len(contents)) < violating,
        places=np.arange(len(contents)),
    )
    return Memory(contents, dict.fromkeys(keys or (FIRST.key,), made))


async def made(judge: object, labelled: Memory, **aim: float) -> list[Certified]:
    stage = Stage(judge=judge)  # type: ignore[arg-type]
    return await certified(stage, POLICY, labelled, aim=Aim(**aim), at=NOON)


async def test_a_certificate_says_what_it_rests_on() -> None:
    found = await made(ScriptedJudge(default=uniform), labels(300, 1_500))
    assert len(found) == 1, "a clause without labels has none"
    one = found[0].certificate
    assert (one.clause, one.policy, one.policy_digest) == (FIRST.key, POLICY.name, POLICY.digest)
    assert (one.judge, one.status) == ("scripted@1", "certified")
    assert (one.alpha, one.beta, one.delta) == (0.05, 0.01, 0.05)
    assert (one.violating, one.fine, one.needed, one.needed_fine) == (300, 1_500, 0, 0)
    bad = np.array([uniform(Content(text=text(number, True))) for number in range(300)])
    good = np.array([uniform(Content(text=text(number, False))) for number in range(1_500)])
    assert one.missed == (bad < one.clear_below).sum() == 8, "of 300, 8 may be cleared at 5 % with confidence 95 %"
    assert one.wrongly == (good >= one.violated_from).sum()
    assert one.expires_at - one.certified_at == timedelta(days=90)


async def test_too_few_labels_certify_nothing() -> None:
    (found,) = await made(ScriptedJudge(default=uniform), labels(3, 10))
    one = found.certificate
    assert (one.status, one.clears, one.finds) == ("cannot_certify", False, False)
    assert (one.needed, one.needed_fine) == (56, 289)


async def test_of_several_judges_each_gets_its_share() -> None:
    aim = Aim(alpha=0.05, beta=0.02, delta=0.1).among(2)
    assert (aim.alpha, aim.beta, aim.delta) == (0.025, 0.01, 0.05)


async def test_what_the_judge_failed_on_counts_for_neither_side() -> None:
    def failing(content: Content) -> float | Reason:
        return Reason.FAILED if content.text.endswith("7") else uniform(content)

    (found,) = await made(ScriptedJudge(default=failing), labels(300, 900))
    assert found.unanswered == 120
    assert (found.certificate.violating, found.certificate.fine) == (270, 810)


async def test_what_the_judge_does_not_know_is_not_cleared() -> None:
    (found,) = await made(ScriptedJudge(default=Reason.CANNOT_SAY), labels(100, 400))
    assert found.certificate.missed == found.certificate.wrongly == 0
    assert (found.certificate.violating, found.certificate.fine) == (100, 400)


class Learnt(ScriptedJudge):
    """Has seen every text that ends in 0."""

    def was_taught(self, digest: str) -> bool:
        return digest in {Content(text=text(number, kind)).digest for number in range(0, 400, 10) for kind in (0, 1)}


async def test_what_the_judge_has_seen_proves_nothing() -> None:
    (found,) = await made(Learnt(default=uniform), labels(300, 400))
    assert found.known == 30 + 40
    assert (found.certificate.violating, found.certificate.fine) == (270, 360)
    labelled = labels(300, 400)
    shown = replace(POLICY, clauses=(replace(FIRST, examples=(text(1, True), text(2, True))), *POLICY.clauses[1:]))
    stage = Stage(judge=ScriptedJudge(default=uniform))
    (found,) = await certified(stage, shown, labelled, aim=Aim(), at=NOON)
    assert found.known == 2


async def test_clauses_have_their_own_labels_and_contents_are_judged_once() -> None:
    judge = ScriptedJudge({FIRST.key: uniform, SECOND.key: 0.5})
    labelled = labels(60, 300, FIRST.key, SECOND.key)
    half = labelled.clauses[SECOND.key].only(np.arange(360) % 2 == 0)
    labelled.clauses = {FIRST.key: labelled.clauses[FIRST.key], SECOND.key: half}
    first, second = await made(judge, labelled)
    assert len(judge.calls) == 360
    assert first.certificate.violating == 60
    assert second.certificate.violating == 30
    assert first.certificate.data != second.certificate.data


async def test_a_judge_that_raises_is_heard_and_nothing_is_certified() -> None:
    class Broken:
        name = "broken@1"

        async def judge(self, content: Content, clauses: Sequence[Clause], rulebook: Rulebook) -> Sequence[Opinion]:
            raise RuntimeError("no")

    (found,) = await made(Broken(), labels(100, 100))
    assert found.unanswered == 200
    assert found.certificate.status == "cannot_certify"


@pytest.mark.parametrize("wrong", [{"alpha": 0.0}, {"beta": 1.0}, {"delta": 2.0}, {"days": 0.0}, {"days": 1e9}])
def test_an_aim_that_is_none_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"share|days"):
        Aim(**wrong)


async def test_contents_that_are_not_those_labelled_certify_nothing() -> None:
    labelled = labels(60, 60)
    labelled.all_contents[0], labelled.all_contents[1] = labelled.all_contents[1], labelled.all_contents[0]
    with pytest.raises(InputError, match="changed while they were read"):
        await made(ScriptedJudge(default=uniform), labelled)
