"""Which versions of policies decide, of those that there are files of: by what the record says of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from komainu.domain.lot import lot
from komainu.domain.policy import Policy
from komainu.domain.rulebook import Rulebook
from komainu.domain.standing import Standing, policy_of, standings, subject_of
from komainu.domain.step import State, Step
from komainu.errors import SettingsError

_NEXT = {
    State.DRAFT: "komainu policy propose PATH --to shadow --why …",
    State.SHADOW: "komainu policy propose PATH --to canary --why …",
    State.CANARY: "komainu policy propose PATH --to live --why …",
    State.RETIRED: "komainu policy propose PATH --to live --skip-trial --why …",
}
SHORT_DIGEST = 12  # hexadecimal digits that tell versions apart in print


class Editions:
    """The versions that there are files of, and which of them the record lets decide on what.

    Until the record has been read for the first time, none does.
    """

    def __init__(self, policies: Sequence[Policy], candidates: Sequence[Policy] = (), *, approvals: int = 0) -> None:
        """`policies` decide where the record does not say otherwise; `candidates` where it says so alone.

        With `approvals` no version decides that is not live on record by the word of so many people.
        """
        self.approvals = approvals
        self.canaries: Mapping[str, float] = {}  # shares, by subject
        self.standings: Mapping[str, Standing] = {}  # by subject
        self.problems: Mapping[str, str] = {}  # by policy id: why it has no version that may decide
        self._named = {policy.id: policy for policy in policies}
        self._files: dict[str, list[Policy]] = {policy.id: [policy] for policy in policies}
        for policy in candidates:
            there = self._files.setdefault(policy.id, [])
            if policy.digest not in {one.digest for one in there}:
                there.append(policy)
        self._standing: Rulebook | None = None
        self._tried: Mapping[str, Sequence[Policy]] = {}  # canaries, by policy id
        self._held: tuple[Rulebook, Mapping[str, float]] | None = None
        self._books: dict[tuple[str, ...], Rulebook] = {}
        self._source: object = None
        self._read_at = 0.0  # of a clock that only runs forward, in seconds

    def is_due(self, source: object, *, now: float, after_seconds: float) -> bool:
        """Whether somebody must read the steps anew: the first time, and when so much time has passed.

        Only the first who asks after that time is told so; until it has read them, the others go by the old ones.
        """
        if source is not self._source:
            return True
        if now - self._read_at < after_seconds:
            return False
        self._read_at = now
        return True

    def forget(self) -> None:
        """Be due until they have been read again: what could not be read anew may have changed."""
        self._source = None

    def renew(self, steps: Sequence[Step], source: object = None, *, now: float = 0.0) -> None:
        """Take these steps, in the order recorded, in place of those before."""
        self._source, self._read_at = source, now
        self.standings = standings(steps, self.approvals)
        self.problems = dict(self._found_problems())
        deciding = self._deciding()
        others = [one for one in self.files if one is not deciding.get(one.id)]
        self.canaries = {subject_of(one): share for one in others if (share := self._share(one))}
        self._tried = {
            policy_id: [one for one in others if one.id == policy_id and subject_of(one) in self.canaries]
            for policy_id in self._files
        }
        self._standing = None
        try:
            # Precedence may run in a circle: better now than on the content that is first to meet it.
            for some in product(*([deciding.get(one), *self._tried[one]] for one in self._files)):
                self._book(some)
            self._standing = self._book([deciding.get(one) for one in self._files])
        except SettingsError as error:
            self.problems = {"": str(error), **self.problems}

    def hold_to(self, digest: str, canaries: Mapping[str, float]) -> bool:
        """Go on with what was in force when something was begun: that rulebook, and these canaries and no others.

        A version that was retired since does not decide for all that. False, and nothing changes, where there are no
        files of such a rulebook.
        """
        book = self.book(digest)
        if book is not None:
            self._held = (book, dict(canaries))
        return book is not None

    @property
    def files(self) -> tuple[Policy, ...]:
        """All versions that there are files of."""
        return tuple(one for files in self._files.values() for one in files)

    @property
    def standing(self) -> Rulebook:
        """The versions that decide where no canary does; SettingsError where a policy has none that may."""
        for problem in self.problems.values():
            raise SettingsError(problem)
        if self._standing is None:
            raise SettingsError("expected the record to be read before anything is decided by these policies")
        return self._standing

    def chosen(self, content: str) -> Rulebook:
        """The rulebook for a content, by its digest: always the same one, unless steps were taken."""
        book = self.standing
        if not self.canaries:
            return book
        standing = {policy.id: policy for policy in book}
        return self._book([self._drawn(one, content) or standing.get(one) for one in self._files])

    def again(self, digest: str) -> Rulebook:
        """The rulebook for a content that was decided on under the one of that digest: the same, if it is in force."""
        standing, book = self.standing, self.book(digest)
        if book is None:
            return standing
        in_force = {policy.digest for policy in standing}
        return book if all(one.digest in in_force or subject_of(one) in self.canaries for one in book) else standing

    def standing_of(self, policy: Policy) -> Standing:
        """Where a version stands."""
        subject = subject_of(policy)
        return self.standings.get(subject, Standing(subject=subject))

    def deciding(self, policy_id: str) -> Policy | None:
        """The version that decides where no canary does, if one may."""
        return None if policy_id in self.problems else self._deciding().get(policy_id)

    def book(self, digest: str) -> Rulebook | None:
        """The rulebook of that digest that can be made of the files, if any."""
        for some in product(*(self._choices(policy_id) for policy_id in self._files)):
            try:
                found = self._book(some)
            except SettingsError:
                continue
            if found.digest == digest:
                return found
        return None

    def _choices(self, policy_id: str) -> Sequence[Policy | None]:
        files = self._files[policy_id]
        return files if policy_id in self._named else [None, *files]

    def _book(self, policies: Sequence[Policy | None]) -> Rulebook:
        there = tuple(policy for policy in policies if policy is not None)
        key = tuple(policy.digest for policy in there)
        if key not in self._books:
            try:
                self._books[key] = Rulebook(policies=there)
            except ValueError as error:
                names = ", ".join(policy.name for policy in there)
                raise SettingsError(f"{names} do not go together: {error}") from None
        return self._books[key]

    def _drawn(self, policy_id: str, content: str) -> Policy | None:
        for policy in self._tried[policy_id]:
            if lot("canary", subject_of(policy), content) < self.canaries[subject_of(policy)]:
                return policy
        return None

    def _deciding(self) -> dict[str, Policy]:
        if self._held is not None:
            return {policy.id: policy for policy in self._held[0]}
        live = {one.id: one for one in self.files if self._is(one, State.LIVE)}
        return self._named | live

    def _share(self, policy: Policy) -> float:
        """As a canary; of one that was begun with, no more than then."""
        standing = self.standing_of(policy)
        if self._held is None:
            return standing.share
        begun = self._held[1].get(subject_of(policy), 0.0)
        if standing.state is State.CANARY:
            return min(begun, standing.share)
        return begun if _has_been_live(standing) else 0.0

    def _found_problems(self) -> Iterator[tuple[str, str]]:
        if self._held is not None:
            for policy in self._held[0]:
                standing = self.standing_of(policy)
                if standing.is_withdrawn or (self.approvals and not _has_been_live(standing)):
                    yield policy.id, self._problem(policy)
            return
        for policy_id, policy in self._named.items():
            standing = self.standing_of(policy)
            live = any(self._is(one, State.LIVE) for one in self._files[policy_id])
            if (self.approvals and (not live or standing.state is State.DRAFT)) or (standing.is_withdrawn and not live):
                yield policy_id, self._problem(policy)

    def _problem(self, policy: Policy) -> str:
        standing = self.standing_of(policy)
        said = f"{policy.name} (#{policy.digest[:SHORT_DIGEST]}) is {standing.state.value} on record"
        if standing.replaced_by:
            said += f", since {named(standing.replaced_by)} went live: name the file of that one in the configuration"
        said += ", and decides nothing"
        if self.approvals:
            said += f": with approvals = {self.approvals} only a version that is live on record decides"
        if standing.waits and standing.missing:
            return f"{said}. It lacks {standing.missing} of its approvals: komainu policy approve PATH --why …"
        return f"{said}. Next: {_NEXT[standing.state]}"

    def _is(self, policy: Policy, state: State) -> bool:
        return self.standing_of(policy).state is state


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernedRulebook(Rulebook):
    """A rulebook as files have it, of which the record says what decides. Its own digest is that of the files."""

    editions: Editions = field(compare=False, repr=False)


def named(subject: str) -> str:
    """A subject as it is shown: id@version and the start of the digest."""
    name, _, digest = subject.partition(":")[2].rpartition("#")
    return f"{name}#{digest[:SHORT_DIGEST]}" if policy_of(subject) else subject


def _has_been_live(standing: Standing) -> bool:
    return standing.state is State.LIVE or bool(standing.replaced_by)
