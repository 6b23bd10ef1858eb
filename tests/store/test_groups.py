import asyncio
import threading
from collections.abc import Sequence

import pytest

from komainu.errors import StoreBusyError, StoreError
from komainu.store.groups import GroupCommit, Outcome


class Slow:
    """Carries out numbers; the first batch waits until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.go = threading.Event()

    def __call__(self, items: Sequence[int]) -> list[Outcome]:
        self.batches.append(list(items))
        assert self.go.wait(10)
        return [StoreBusyError(f"{item} is busy") if item < 0 else item % 2 == 0 for item in items]


async def _submit_all(commits: GroupCommit[int], items: Sequence[int]) -> list[asyncio.Task[bool]]:
    tasks = []
    for item in items:
        tasks.append(asyncio.create_task(commits.submit(item)))
        await asyncio.sleep(0.001)
    return tasks


async def test_what_comes_while_one_is_written_is_written_together_in_order() -> None:
    slow = Slow()
    commits = GroupCommit(slow)
    tasks = await _submit_all(commits, range(5))
    slow.go.set()
    assert await asyncio.gather(*tasks) == [True, False, True, False, True]
    assert [item for batch in slow.batches for item in batch] == [0, 1, 2, 3, 4]
    assert slow.batches[1:] == [[1, 2, 3, 4]] or len(slow.batches) <= 3
    await commits.close()


async def test_each_gets_its_own_outcome() -> None:
    slow = Slow()
    slow.go.set()
    commits = GroupCommit(slow)
    outcomes = await asyncio.gather(*(commits.submit(item) for item in (2, -1, 3)), return_exceptions=True)
    assert outcomes[0] is True
    assert isinstance(outcomes[1], StoreBusyError)
    assert str(outcomes[1]) == "-1 is busy"
    assert outcomes[2] is False
    await commits.close()


async def test_a_batch_has_its_limits() -> None:
    slow = Slow()
    commits = GroupCommit(slow)
    tasks = [asyncio.create_task(commits.submit(item)) for item in range(1000)]
    await asyncio.sleep(0.05)
    slow.go.set()
    await asyncio.gather(*tasks)
    assert max(map(len, slow.batches)) == 256
    assert len(slow.batches) <= 6
    await commits.close()


async def test_nobody_waits_for_ever_when_the_writing_itself_fails() -> None:
    def broken(items: Sequence[int]) -> list[Outcome]:
        raise ZeroDivisionError("a fault in Komainu")

    commits = GroupCommit(broken)
    for _ in range(2):
        outcomes = await asyncio.wait_for(
            asyncio.gather(*(commits.submit(item) for item in range(3)), return_exceptions=True), 10
        )
        assert all(isinstance(outcome, StoreError) for outcome in outcomes)
        assert all(isinstance(outcome.__cause__, ZeroDivisionError) for outcome in outcomes)
    await commits.close()


async def test_one_who_gives_up_does_not_disturb_the_others() -> None:
    slow = Slow()
    commits = GroupCommit(slow)
    tasks = await _submit_all(commits, range(4))
    tasks[2].cancel()
    slow.go.set()
    assert await asyncio.wait_for(asyncio.gather(*tasks[:2], tasks[3]), 10) == [True, False, False]
    with pytest.raises(asyncio.CancelledError):
        await tasks[2]
    await commits.close()


async def test_it_serves_several_event_loops_and_one_that_is_gone() -> None:
    slow = Slow()
    commits = GroupCommit(slow)

    async def leave() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(commits.submit(1), 0.05)

    await asyncio.to_thread(asyncio.run, leave())
    mine = asyncio.create_task(commits.submit(2))
    other = asyncio.create_task(asyncio.to_thread(asyncio.run, commits.submit(4)))
    await asyncio.sleep(0.05)
    slow.go.set()
    assert await asyncio.gather(mine, other) == [True, True]
    await commits.close()


async def test_closing_finishes_what_was_submitted() -> None:
    slow = Slow()
    commits = GroupCommit(slow)
    tasks = await _submit_all(commits, range(3))
    closing = asyncio.create_task(commits.close())
    await asyncio.sleep(0.01)
    with pytest.raises(StoreError, match="closed"):
        await commits.submit(9)
    slow.go.set()
    await closing
    assert await asyncio.gather(*tasks) == [True, False, True]
