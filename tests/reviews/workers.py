"""Reviewers who work in processes of their own."""

import asyncio
from datetime import UTC, datetime
from multiprocessing.connection import Connection

from komainu.reviews import rule
from komainu.reviews.desk import Desk
from komainu.reviews.work import Office
from komainu.store import open_store


def work(url: str, name: str, answer: Connection) -> None:
    """Take items and rule on them until there is nothing left; answer with their ids."""
    answer.send(asyncio.run(_work(url, name)))


async def _work(url: str, name: str) -> list[str]:
    store = await open_store(url, busy_timeout_seconds=60)
    office = Office(desk=Desk(), rulebook=None, store=store)
    done = []
    while (handed := await office.next_case(name, datetime.now(UTC))).case is not None:
        case = handed.case
        review, labels = rule(case.decision, rest_clear=True, earlier=case.history, reviewer=name, at=datetime.now(UTC))
        await store.add_review(review, labels, after=len(case.history))
        done.append(case.decision.id)
    await store.close()
    return done
