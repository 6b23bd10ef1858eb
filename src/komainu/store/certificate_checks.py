"""What every store must do with certificates."""

from dataclasses import replace
from datetime import timedelta

from komainu.domain import Lapse
from komainu.store.checking import Check, OpenRecord, opened, refuses, same
from komainu.store.samples import CLAUSES, NOON, sample_certificate


async def keeps_certificates(record: OpenRecord) -> None:
    """They come back as they were, in the order recorded; none of a group is kept without the rest."""
    made = [sample_certificate(f"certificate-{number}", CLAUSES[number % 2]) for number in range(3)]
    async with opened(record) as store:
        same(await store.certificates(), ())
        await store.add_certificates([])
        await store.add_certificates(made)
        await refuses(store.add_certificates([sample_certificate("new"), made[0]]), made[0].id)
    async with opened(record) as store:
        same(await store.certificates(), tuple(made))
        same(await store.certificates(clause=CLAUSES[1]), (made[1],))
        same((await store.verify()).faults, ())


async def takes_certificates_back(record: OpenRecord) -> None:
    """One that is taken back says when and why, and stays so; what is not there cannot be."""
    made = [sample_certificate(f"certificate-{number}") for number in range(2)]
    taken = Lapse(id="lapse-1", certificate=made[0].id, why="drift on spam/SP1", lapsed_at=NOON)
    again = replace(taken, id="lapse-2", why="once more", lapsed_at=NOON + timedelta(hours=1))
    async with opened(record) as store:
        await store.add_certificates(made)
        stranger = replace(taken, id="lapse-3", certificate="nobody")
        await refuses(store.lapse([taken, stranger]), "nobody")
        same(await store.certificates(), tuple(made))
        await store.lapse([])
        await store.lapse([taken])
        await store.lapse([again])
        lapsed = replace(made[0], lapsed_at=taken.lapsed_at, lapsed_why=taken.why)
        same(await store.certificates(), (lapsed, made[1]))
        same((await store.verify()).faults, ())


CERTIFICATE_CHECKS: tuple[Check, ...] = (keeps_certificates, takes_certificates_back)
