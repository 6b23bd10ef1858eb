"""`komainu batch` on a large file, and before somebody's eyes."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

STATUS = Path("/proc/self/status")
MEASURED = """
import re, sys
from pathlib import Path
from komainu.apps.cli import main
try:
    main()
finally:
    print("peak", re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1], file=sys.stderr)
"""


def peak_bytes(here: Path, count: int) -> int:
    """The most memory that a run over so many rows ever held."""
    with (here / f"{count}.jsonl").open("w") as file:
        for number in range(count):
            text = f"Row {number}: the harbour office opens at nine. " * 3
            file.write(f"{json.dumps({'text': text, 'id': number, 'context': ['Before.']})}\n")
    command = [
        sys.executable,
        "-c",
        MEASURED,
        "batch",
        f"{count}.jsonl",
        "--out",
        f"{count}.out",
        "--store",
        f"{count}.db",
    ]
    ran = subprocess.run(command, cwd=here, capture_output=True, text=True, check=True, timeout=300)
    assert f"{count:,} rows judged" in ran.stdout
    found = re.search(r"peak (\d+)", ran.stderr)
    assert found is not None
    return int(found[1]) * 1024


@pytest.mark.slow
@pytest.mark.skipif(not STATUS.exists(), reason="reads /proc")
def test_memory_does_not_grow_with_the_file(here: Path) -> None:
    (here / "komainu.toml").write_text('policies = ["policies"]\n[[stages]]\njudge = "rules"\n')
    small, large = peak_bytes(here, 2_000), peak_bytes(here, 20_000)
    print(f"peak at 2,000 rows {small / 1e6:.1f} MB, at 20,000 rows {large / 1e6:.1f} MB")
    assert large <= small * 1.15 + 5_000_000


def test_a_terminal_shows_how_far_it_is(here: Path) -> None:
    (here / "komainu.toml").write_text(
        'policies = ["policies"]\n[[stages]]\njudge = "scripted"\n[stages.options]\ndelay_seconds = 0.5\n'
    )
    (here / "in.jsonl").write_text('{"text": "hello"}\n' * 600)
    ours, theirs = pty.openpty()
    code = "from komainu.apps.cli import main; main()"
    running = subprocess.Popen(
        [sys.executable, "-c", code, "batch", "in.jsonl", "--out", "out.jsonl"],
        cwd=here,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100", "PYTHONUTF8": "1"},
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65_536):
            shown += piece
    except OSError:
        pass  # how a terminal ends on Linux
    os.close(ours)
    assert running.wait(timeout=60) == 0
    words = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode())
    assert re.search(r"Judging .* [1-9]\d*% .*\d+ rows, \d+/s \d:\d\d:\d\d", words), words[-500:]
