"""What labels prove of one judge under one clause, and how long that counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

NEVER_CLEARS, NEVER_FINDS = 0.0, 1.1  # thresholds that no probability is under, or reaches


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Thresholds for one judge on one clause, and the share of content that gets past them at most.

    With confidence 1 - `delta` each: at most a share `alpha` of the content that violates the clause has a probability
    under `clear_below`, and at most a share `beta` of the content that does not violate it one from `violated_from` on.
    """

    id: str
    clause: str  # key: policy/clause
    policy: str  # id@version
    policy_digest: str
    judge: str  # name@version
    clear_below: float  # 0: it clears nothing, as nothing could be proven
    violated_from: float  # above 1: it finds nothing, for the same reason
    alpha: float
    beta: float
    delta: float
    violating: int  # labels that violate the clause
    missed: int  # of them, cleared
    needed: int  # further ones needed before anything can be proven of clearing
    fine: int  # labels that do not violate it
    wrongly: int  # of them, found violated
    needed_fine: int
    data: str  # digest of the labels
    certified_at: datetime  # aware, UTC
    expires_at: datetime
    lapsed_at: datetime | None = None  # when it was taken back, by drift or by a person
    lapsed_why: str = ""

    def __post_init__(self) -> None:
        if not 0.0 <= self.clear_below <= 0.5 < self.violated_from:
            raise ValueError(
                f"a certificate needs 0 <= clear_below <= .5 < violated_from; "
                f"got {self.clear_below} and {self.violated_from}"
            )
        if not all(0.0 < share < 1.0 for share in (self.alpha, self.beta, self.delta)):
            raise ValueError(f"alpha, beta and delta are shares; got {self.alpha}, {self.beta} and {self.delta}")
        if self.certified_at.tzinfo is None or self.expires_at.tzinfo is None:
            raise ValueError("certified_at and expires_at need a time zone")
        if self.expires_at <= self.certified_at:
            raise ValueError(f"a certificate expires after it was made; got {self.expires_at}")

    @property
    def clears(self) -> bool:
        """Whether it lets the judge clear anything."""
        return self.clear_below > NEVER_CLEARS

    @property
    def finds(self) -> bool:
        """Whether it lets the judge find violations."""
        return self.violated_from <= 1.0

    @property
    def status(self) -> str:
        """`certified`, or `cannot_certify` where nothing is proven of clearing."""
        return "certified" if self.clears else "cannot_certify"

    def why_not(self, *, judge: str, policy_digest: str, at: datetime) -> str:
        """Why it does not count for that judge and policy then; empty where it does."""
        if self.lapsed_at is not None:
            return f"lapsed: {self.lapsed_why}"
        if judge != self.judge:
            return "the judge has changed"
        if policy_digest != self.policy_digest:
            return "the policy has changed"
        if at >= self.expires_at:
            return "expired"
        if at < self.certified_at:
            return "made in the future: the clock went backwards"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """That a certificate counts no longer."""

    id: str
    certificate: str  # id
    why: str
    lapsed_at: datetime  # aware, UTC

    def __post_init__(self) -> None:
        if not self.why.strip():
            raise ValueError("a lapse says why")
        if self.lapsed_at.tzinfo is None:
            raise ValueError("lapsed_at needs a time zone")


class Warrants:
    """What certificates let one judge settle.

    A clause that any version of the judge was ever certified on is settled by a certificate that counts, or not at all.
    Until they have been read for the first time, nothing is settled.
    """

    def __init__(self, judge: str, *, only: bool = False) -> None:
        """Of a judge (name@version); with `only`, clauses without any certificate are left open as well."""
        self._judge, self._only = judge, only
        self._known: frozenset[str] | None = None
        self._source: object = None
        self._read_at = 0.0  # of a clock that only runs forward, in seconds
        self._newest: dict[tuple[str, str], Certificate] = {}  # by clause and digest of the policy

    def is_due(self, source: object, *, now: float, after_seconds: float) -> bool:
        """Whether somebody must read them anew from their source: the first time, and when so much time has passed.

        Only the first who asks after that time is told so; until it has read them, the others go by the old ones.
        """
        if self._known is None or source is not self._source:
            return True
        if now - self._read_at < after_seconds:
            return False
        self._read_at = now
        return True

    def forget(self) -> None:
        """Be as before the first reading: what could not be read anew counts no more."""
        self._known = None
        self._newest = {}

    def renew(self, certificates: Iterable[Certificate], source: object = None, *, now: float = 0.0) -> None:
        """Take these, oldest first, in place of those before; of other judges' there is no account."""
        self._source, self._read_at = source, now
        mine = [one for one in certificates if base_name(one.judge) == base_name(self._judge)]
        self._newest = {(one.clause, one.policy_digest): one for one in mine if one.judge == self._judge}
        self._known = frozenset(one.clause for one in mine)

    def binds(self, clause: str) -> bool:
        """Whether a certificate decides what the judge may settle there."""
        return self._only or self._known is None or clause in self._known

    def certificate(self, clause: str, policy_digest: str, at: datetime) -> Certificate | None:
        """The newest one for the clause; None where it does not count at that time."""
        found = self._newest.get((clause, policy_digest))
        if found is None or found.why_not(judge=self._judge, policy_digest=policy_digest, at=at):
            return None
        return found


def base_name(judge: str) -> str:
    """The name of a judge (name@version) without its version."""
    return judge.partition("@")[0]
