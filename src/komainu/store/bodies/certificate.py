"""A certificate <-> its body, and what takes one back."""

from komainu.domain import Certificate, Lapse
from komainu.store.bodies.text import Body, pack, pack_name, read_moment, unpack, whole, write_moment, write_number

_NUMBERS = ("clear_below", "violated_from", "alpha", "beta", "delta")
_COUNTS = ("violating", "missed", "needed", "fine", "wrongly", "needed_fine")


def write_certificate(certificate: Certificate) -> Body:
    """The body; all of the certificate but its id and what may come later."""
    return {
        "clause": pack_name(certificate.clause, "the clause of a certificate"),
        "counts": [whole(getattr(certificate, name), name) for name in _COUNTS],
        "data": pack(certificate.data),
        "certified_at": write_moment(certificate.certified_at),
        "expires_at": write_moment(certificate.expires_at),
        "judge": pack(certificate.judge),
        "numbers": [write_number(getattr(certificate, name)) for name in _NUMBERS],
        "policy": pack(certificate.policy),
        "policy_digest": pack(certificate.policy_digest),
    }


def read_certificate(certificate_id: str, body: Body) -> Certificate:
    """The certificate that was written."""
    numbers = dict(zip(_NUMBERS, map(float, body["numbers"]), strict=True))
    counts = dict(zip(_COUNTS, map(int, body["counts"]), strict=True))
    return Certificate(
        id=unpack(certificate_id),
        clause=unpack(body["clause"]),
        policy=unpack(body["policy"]),
        policy_digest=unpack(body["policy_digest"]),
        judge=unpack(body["judge"]),
        data=unpack(body["data"]),
        certified_at=read_moment(body["certified_at"]),
        expires_at=read_moment(body["expires_at"]),
        clear_below=numbers["clear_below"],
        violated_from=numbers["violated_from"],
        alpha=numbers["alpha"],
        beta=numbers["beta"],
        delta=numbers["delta"],
        violating=counts["violating"],
        missed=counts["missed"],
        needed=counts["needed"],
        fine=counts["fine"],
        wrongly=counts["wrongly"],
        needed_fine=counts["needed_fine"],
    )


def write_lapse(lapse: Lapse, entry: int) -> Body:
    """The body of what takes back the certificate in that entry."""
    return {
        "certificate": pack(lapse.certificate),
        "entry": entry,
        "lapsed_at": write_moment(lapse.lapsed_at),
        "why": pack(lapse.why),
    }


def read_lapse(lapse_id: str, body: Body) -> Lapse:
    """The lapse that was written."""
    return Lapse(
        id=unpack(lapse_id),
        certificate=unpack(body["certificate"]),
        why=unpack(body["why"]),
        lapsed_at=read_moment(body["lapsed_at"]),
    )
