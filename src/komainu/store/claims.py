"""Claims: who works on what just now, so that nobody works on it twice."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from komainu.domain import Claim
from komainu.store.bodies.text import microseconds, pack, unpack
from komainu.store.tables import APPEALS, CLAIMS, LEDGER, REVIEWS, SUCCESSIONS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REMEMBERED = timedelta(days=1)  # how long it is known who let a decision go


def live(now: datetime) -> ColumnElement[bool]:
    """Whether a claim holds: `Claim.holds`, in SQL."""
    return and_(CLAIMS.c.expires_at > microseconds(now), CLAIMS.c.expires_at > CLAIMS.c.claimed_at)


def take(
    connection: Connection, now: datetime, *, decision: str, reviewer: str, lease_seconds: float, after: int
) -> bool:
    """Give the decision to the reviewer for so long, or renew their claim.

    False where somebody else has it, where it was judged again, or where there are other than `after` reviews of it
    and appeals against it by now.
    """
    _set_clock(connection, now)
    named = pack(decision)
    holder = connection.execute(select(CLAIMS.c.reviewer).where(CLAIMS.c.decision == named, live(now))).scalar()
    if holder not in (None, pack(reviewer)) or _changed(connection, named, after):
        return False
    stale = CLAIMS.c.expires_at <= microseconds(now - _REMEMBERED)
    connection.execute(delete(CLAIMS).where(or_(CLAIMS.c.decision == named, stale)))
    times = {"claimed_at": microseconds(now), "expires_at": microseconds(now + timedelta(seconds=lease_seconds))}
    connection.execute(insert(CLAIMS).values({"decision": named, "reviewer": pack(reviewer)} | times))
    return True


def let_go(connection: Connection, now: datetime, *, decision: str, reviewer: str) -> bool:
    """End the reviewer's claim, which stays as one that has expired; False where they have none that holds."""
    theirs = (CLAIMS.c.decision == pack(decision), CLAIMS.c.reviewer == pack(reviewer))
    moment = microseconds(now)
    ended = update(CLAIMS).where(*theirs, live(now)).values(expires_at=moment, claimed_at=moment)
    return connection.execute(ended).rowcount > 0


def find_claims(connection: Connection) -> tuple[Claim, ...]:
    """All claims, those that have expired lately as well, in the order of their decisions' ids."""
    return tuple(
        Claim(
            decision=unpack(row.decision),
            reviewer=unpack(row.reviewer),
            claimed_at=_EPOCH + timedelta(microseconds=row.claimed_at),
            expires_at=_EPOCH + timedelta(microseconds=row.expires_at),
        )
        for row in connection.execute(select(CLAIMS).order_by(CLAIMS.c.decision))
    )


def _set_clock(connection: Connection, now: datetime) -> None:
    """Let leases that begin in the future begin now: the clock was set back, and would hold them until then."""
    moment = microseconds(now)
    lease = CLAIMS.c.expires_at - CLAIMS.c.claimed_at
    begun = update(CLAIMS).where(CLAIMS.c.claimed_at > moment)
    connection.execute(begun.values(claimed_at=moment, expires_at=moment + lease))


def _changed(connection: Connection, decision: str, after: int) -> bool:
    number = select(LEDGER.c.seq).where(LEDGER.c.id == decision, LEDGER.c.kind == "decision").scalar_subquery()
    superseded, *cases = (
        connection.execute(select(func.count()).where(table.c.decision == number)).scalar_one()
        for table in (SUCCESSIONS, REVIEWS, APPEALS)
    )
    return superseded > 0 or sum(cases) != after
