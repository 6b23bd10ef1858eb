"""Where the versions of a policy stand: what the requests, approvals and rejections on record come to."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from komainu.domain.policy import Policy
from komainu.domain.step import State, Step, StepKind

_POLICY = "policy:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one version of a policy stands."""

    subject: str  # policy:id@version#digest
    state: State = State.DRAFT
    share: float = 0.0  # of the content, in a canary
    reached: Step | None = None  # the entry with which it came to that state; None: nothing was ever done
    granted: Step | None = None  # the request that took effect then
    granted_by: tuple[str, ...] = ()  # who agreed to that one
    replaced_by: str = ""  # subject of the version that went live in its place, where that retired it
    request: Step | None = None  # the newest one that was not rejected, in effect or not
    waits: bool = False  # whether that one is not in effect
    approved_by: tuple[str, ...] = ()  # who agreed to it, of those whose word counts
    missing: int = 0  # approvals that it lacks
    authors: tuple[str, ...] = ()  # of the version and of that request: their approval does not count

    @property
    def is_withdrawn(self) -> bool:
        """Whether somebody retired it, rather than that another version took its place."""
        return self.state is State.RETIRED and not self.replaced_by


def subject_of(policy: Policy) -> str:
    """What steps of a version of a policy are about: one changed word, and it is another."""
    return f"{_POLICY}{policy.name}#{policy.digest}"


def policy_of(subject: str) -> str:
    """The id of the policy that a subject is a version of; empty where it is none."""
    return subject.removeprefix(_POLICY).partition("@")[0] if subject.startswith(_POLICY) else ""


def person(name: str) -> str:
    """Who that is: the same for names that differ in case, width or spaces alone."""
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()


def may_come(was: State, to: State, *, skips_trial: bool = False) -> bool:
    """Whether a version may go from one state to the other: step by step, back into the shadow, or out altogether."""
    match to:
        case State.SHADOW:
            return was in {State.DRAFT, State.CANARY, State.RETIRED}
        case State.CANARY:
            return was in {State.SHADOW, State.CANARY}
        case State.LIVE:
            return was is State.CANARY or skips_trial
        case State.RETIRED:
            return was is not State.RETIRED
    return False


def standings(steps: Sequence[Step], needed: int) -> dict[str, Standing]:
    """By subject, what steps come to in the order recorded, where whatever decides needs so many approvals.

    A request takes effect with the last approval that it needs: as many as when it was made, or as are `needed` now,
    whichever is more; one for the shadow or for retirement at once. Nobody agrees for two, nor who proposed it, nor who
    first proposed the version. A newer request closes an older one; a rejection closes one that waits. The version that
    goes live retires the one that was.
    """
    versions: dict[str, _Version] = {}
    live: dict[str, _Version] = {}  # by policy id, the version that went live last
    for step in steps:
        if not policy_of(step.subject) or step.kind is StepKind.TAKEN:
            continue
        version = versions.setdefault(step.subject, _Version(subject=step.subject))
        version.hear(step)
        if version.takes_effect(needed):
            version.come(step)
            if version.state is State.LIVE:
                before = live.get(policy_of(step.subject))
                if before is not None and before is not version:
                    before.give_way(step)
                live[policy_of(step.subject)] = version
    return {subject: version.standing(needed) for subject, version in versions.items()}


def state_of(steps: Sequence[Step], subject: str, needed: int) -> Standing:
    """Where one version stands; a draft where nothing is on record about it."""
    return standings(steps, needed).get(subject, Standing(subject=subject))


@dataclass(slots=True, kw_only=True)
class _Version:
    """A version, as far as the record has been read."""

    subject: str
    came: State = State.DRAFT  # the state by the approvals asked for at the time: what next steps are held against
    state: State = State.DRAFT
    share: float = 0.0
    reached: Step | None = None
    granted: Step | None = None
    granted_by: tuple[str, ...] = ()
    replaced_by: str = ""
    author: str = ""  # who proposed the version first
    request: Step | None = None
    in_effect: bool = False
    approved: dict[str, str] = field(default_factory=dict)  # names, by person

    def hear(self, step: Step) -> None:
        """Take what somebody said; what does not fit, or is about another request, counts for nothing."""
        if step.kind is StepKind.PROPOSED:
            if may_come(self.came, step.state, skips_trial=step.skips_trial):
                self.request, self.in_effect, self.approved = step, False, {}
                self.author = self.author or step.by
        elif self.request is None or step.about != self.request.id:
            return
        elif step.kind is StepKind.REJECTED:
            self.request = self.request if self.in_effect else None
        elif person(step.by) not in self._authors():
            self.approved.setdefault(person(step.by), step.by)
            if self.in_effect:
                self.granted_by = tuple(self.approved.values())
        if self.request is not None and len(self.approved) >= self.request.approvals:
            self.came = self.request.state

    def takes_effect(self, needed: int) -> bool:
        """Whether the request does so now."""
        return self.request is not None and not self.in_effect and not self._missing(needed)

    def come(self, step: Step) -> None:
        """To what was asked for, by that entry."""
        assert self.request is not None  # noqa: S101 - `takes_effect` said so
        self.state, self.share, self.reached = self.request.state, self.request.share, step
        self.in_effect, self.replaced_by = True, ""
        self.granted, self.granted_by = self.request, tuple(self.approved.values())

    def give_way(self, step: Step) -> None:
        """To another version of the policy, which has gone live by that entry."""
        if self.state is State.LIVE:
            self.state = self.came = State.RETIRED
            self.reached, self.replaced_by = step, step.subject

    def standing(self, needed: int) -> Standing:
        """The whole of it."""
        return Standing(
            subject=self.subject,
            state=self.state,
            share=self.share,
            reached=self.reached,
            granted=self.granted,
            granted_by=self.granted_by,
            replaced_by=self.replaced_by,
            request=self.request,
            waits=self.request is not None and not self.in_effect,
            approved_by=tuple(self.approved.values()),
            missing=self._missing(needed),
            authors=tuple(dict.fromkeys(name for name in (self.author, self._proposer()) if name)),
        )

    def _missing(self, needed: int) -> int:
        if self.request is None or not self.request.state.decides:
            return 0
        return max(0, max(needed, self.request.approvals) - len(self.approved))

    def _authors(self) -> set[str]:
        return {person(self.author), person(self._proposer())}

    def _proposer(self) -> str:
        return self.request.by if self.request is not None else ""
