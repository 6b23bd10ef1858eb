"""Where a candidate for the embedded judge stands, and what comes next."""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import uuid_utils

from komainu.domain import State, Step
from komainu.errors import UsageError

RULE = "komainu"  # who takes a step where no person does
_SUBJECT = "judge:"


def subject_of(judge: str) -> str:
    """What steps of a judge (name@version) are about."""
    return f"{_SUBJECT}{judge}"


def judge_of(step: Step) -> str:
    """The judge that a step is about."""
    return step.subject.removeprefix(_SUBJECT)


def version_of(judge: str) -> str:
    """The version of what was fitted, as it is named among the fits; of judges that steps are about, which have one."""
    return judge.rpartition("+")[2]


def of_judges(steps: Sequence[Step]) -> list[Step]:
    """Those that are about judges."""
    return [step for step in steps if step.subject.startswith(_SUBJECT)]


def candidate(steps: Sequence[Step]) -> Step | None:
    """The newest step of the candidate that is under way, if there is one."""
    last = of_judges(steps)[-1:]
    return last[0] if last and last[0].state in {State.SHADOW, State.CANARY} else None


def step(judge: str, state: State, *, by: str, why: str, at: datetime, share: float = 0.0) -> Step:
    """A new step of a judge."""
    return Step(
        id=str(uuid_utils.uuid7()),
        subject=subject_of(judge),
        state=state,
        by=by,
        why=why,
        share=share,
        taken_at=at,
    )


@contextmanager
def one_at_a_time(fits: Path) -> Iterator[None]:
    """Keeps others from the folder of fits meanwhile; UsageError where somebody is at work there.

    The lock goes with the process, however that ends.
    """
    try:
        fits.mkdir(parents=True, exist_ok=True)
        file = (fits / ".lock").open("w")
    except OSError as error:
        raise UsageError(f"{fits}: expected a folder that can be written; {error.strerror or error}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"{fits}: somebody else is teaching the judge at this moment; wait for them") from None
        yield
