"""`komainu demo`: the whole path with the shipped judges and policies."""

from pathlib import Path

import pytest

from tests.cli.conftest import Command, one_line


@pytest.mark.usefixtures("here")
def test_the_demo_judges_its_feed_and_the_record_verifies(komainu: Command, here: Path) -> None:
    ran = komainu("demo")
    shown = one_line(ran.out)
    assert ran.code == 0
    assert "Ledger komainu.db: 60 entries, verified" in shown
    assert "review list" in shown
    counts = [int(line.split()[1]) for line in ran.out.splitlines() if line.split()[2:] == ["of", "60"]]
    assert len(counts) == 4
    assert sum(counts) == 60
    assert counts[3] > 0  # the feed holds what an exact rule blocks
    verification = komainu("ledger", "verify", "--json").json
    assert (verification["whole"], verification["entries"]) == (True, 60)
    first = komainu("review", "list", "--limit", "1", "--json").json[0]
    assert first["open"]
