"""`komainu batch --resume`: whatever stops a run, no row is judged twice and none is lost."""

import asyncio
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from komainu.apps.batch.output import Output
from komainu.domain import Action
from komainu.errors import UsageError
from komainu.store import Verification, open_store
from tests.cli.conftest import Command, one_line

# A suite that was started in the background of a shell ignores SIGINT, and so would what it starts.
START = "import signal; signal.signal(2, signal.default_int_handler); from komainu.apps.cli import main; main()"
EVERY_BAD = 97  # each row whose number it divides is a bad one
SLOW = '[[stages]]\njudge = "scripted"\n[stages.options]\ndefault = 0.5\ndelay_seconds = {delay}\n'


def write_input(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for number in range(1, count + 1):
            row = {"text": 7} if number % EVERY_BAD == 0 else {"text": f"本文 {number}", "id": number}
            file.write(f"{json.dumps(row, ensure_ascii=False)}\n")


def write_settings(here: Path, *, delay: float) -> None:
    (here / "komainu.toml").write_text('policies = ["policies"]\n' + SLOW.format(delay=delay))


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def start(here: Path, *options: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", START, "batch", "in.jsonl", "--out", "out.jsonl", *options],
        cwd=here,
        env={**os.environ, "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def written(here: Path) -> tuple[int, int] | None:
    """Changes when something goes on record."""
    log = here / "komainu.db-wal"
    return (log.stat().st_size, log.stat().st_mtime_ns) if log.exists() else None


def wait_for(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.01)


async def assert_whole(here: Path, count: int) -> None:
    """Each good row has one line, in order, and one decision on record; each bad row is listed once."""
    good = [number for number in range(1, count + 1) if number % EVERY_BAD]
    lines = read_lines(here / "out.jsonl")
    assert [line["row"] for line in lines] == good
    assert [line["id"] for line in lines] == good
    bad = [error["row"] for error in read_lines(here / "out.errors.jsonl")]
    assert bad == [number for number in range(1, count + 1) if number % EVERY_BAD == 0]
    store = await open_store(here / "komainu.db")
    try:
        on_record = [decision.id for decision in await store.decisions(limit=count * 2)]
        verification: Verification = await store.verify()
    finally:
        await store.close()
    assert len(on_record) == len(good)
    assert set(on_record) == {line["decision"] for line in lines}
    assert verification.faults == ()


@pytest.mark.slow
def test_killed_again_and_again_it_judges_each_row_once(here: Path) -> None:
    count, kills, seed = 6_000, 0, random.randrange(10**6)
    chance = random.Random(seed)
    print(f"seed {seed}")
    write_settings(here, delay=0.8)  # so that the rows last for all the kills, however fast the machine
    write_input(here / "in.jsonl", count)
    while kills < 10:
        before = written(here)
        running = start(here, "--resume")
        if kills % 4:  # else it is killed while it starts, or a little later
            wait_for(lambda running=running, before=before: written(here) != before or running.poll() is not None)
        time.sleep(chance.uniform(0, 0.9))
        running.kill()
        running.communicate()
        assert running.returncode == -signal.SIGKILL, "the run was over before it could be killed often enough"
        kills += 1
    last = start(here, "--resume")
    said, problem = last.communicate(timeout=300)
    assert last.returncode == 0, problem
    assert f"{count - count // EVERY_BAD:,} rows" in said.decode()
    asyncio.run(assert_whole(here, count))


def test_interrupted_it_stops_cleanly_and_says_how_to_go_on(here: Path) -> None:
    count = 900
    write_settings(here, delay=0.4)
    write_input(here / "in.jsonl", count)
    running = start(here)
    out = here / "out.jsonl"
    wait_for(lambda: out.exists() and out.stat().st_size > 0)
    running.send_signal(signal.SIGINT)
    _, problem = running.communicate(timeout=60)
    assert running.returncode == 130
    assert one_line(problem.decode()) == "komainu: interrupted; run the same command with --resume to go on"
    assert 0 < len(read_lines(out)) < count  # whole lines only
    write_settings(here, delay=0.4)
    resumed = start(here, "--resume")
    said, _ = resumed.communicate(timeout=60)
    assert "were there before" in said.decode()
    asyncio.run(assert_whole(here, count))


def test_what_a_crash_tore_is_made_whole(here: Path, komainu: Command) -> None:
    count = 400
    write_settings(here, delay=0.0)
    write_input(here / "in.jsonl", count)
    assert komainu("batch", "in.jsonl", "--out", "out.jsonl").code == 0
    # As a crash in the middle of the second commit leaves it: a line torn, bad rows further than the output.
    whole = (here / "out.jsonl").read_bytes()
    (here / "out.jsonl").write_bytes(whole[: len(whole) // 2])
    unfinish(here)
    before = read_lines(here / "out.errors.jsonl")
    assert komainu("batch", "in.jsonl", "--out", "out.jsonl", "--resume").code == 0
    assert (here / "out.jsonl").read_bytes() == whole  # from the record: the same times, the same ids
    assert read_lines(here / "out.errors.jsonl") == before
    asyncio.run(assert_whole(here, count))


def test_a_lost_output_is_written_again_from_the_record(here: Path, komainu: Command) -> None:
    write_settings(here, delay=0.0)
    write_input(here / "in.jsonl", 300)
    komainu("batch", "in.jsonl", "--out", "out.jsonl", "--full")
    whole = (here / "out.jsonl").read_bytes()
    (here / "out.jsonl").unlink()
    unfinish(here)
    assert komainu("batch", "in.jsonl", "--out", "out.jsonl", "--full", "--resume").code == 0
    assert (here / "out.jsonl").read_bytes() == whole
    asyncio.run(assert_whole(here, 300))


def unfinish(here: Path) -> None:
    """Make a finished run one that was interrupted."""
    path = here / "out.jsonl.run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"finish": None}))


def test_two_processes_do_not_write_one_output(here: Path) -> None:
    with (
        Output(here / "out.jsonl", here / "out.errors.jsonl", fresh=True),
        pytest.raises(UsageError, match="another process is writing it"),
    ):
        Output(here / "out.jsonl", here / "out.errors.jsonl", fresh=False)


def test_nothing_is_written_behind_what_the_disk_refused(here: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Output(here / "out.jsonl", here / "out.errors.jsonl", fresh=True) as output:
        output.add(1, Action.HOLD, '{"row": 1, "action": "hold"}')
        output.commit()
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
        try:
            output.add(2, Action.HOLD, '{"row": 2, "action": "hold", "why": "' + "x" * 100 + '"}')
            with pytest.raises(UsageError, match=r"out.jsonl: cannot be written: .* with --resume"):
                output.commit()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        output.add(3, Action.HOLD, '{"row": 3, "action": "hold"}')
        output.commit()  # as the end of a run does, whatever happened
    assert (here / "out.jsonl").stat().st_size == 100
    with Output(here / "out.jsonl", here / "out.errors.jsonl", fresh=False) as output:
        assert output.last_row == 1
    assert read_lines(here / "out.jsonl") == [{"row": 1, "action": "hold"}]
