"""The command as a whole: help, version, exit codes."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from komainu import __version__
from komainu.apps.cli.app import app
from tests.cli.conftest import Command, one_line


def command_lines() -> list[tuple[str, ...]]:
    """Every command and group, as it is typed."""
    found: list[tuple[str, ...]] = []
    waiting = [((), get_command(app))]
    while waiting:
        name, command = waiting.pop()
        found.append(name)
        waiting += [((*name, part), inner) for part, inner in getattr(command, "commands", {}).items()]
    return sorted(found)


def test_the_commands_are_those_documented() -> None:
    assert [" ".join(line) for line in command_lines()] == [
        "",
        "batch",
        "certificates",
        "certificates lapse",
        "certify",
        "check",
        "decisions",
        "decisions export",
        "decisions forget",
        "decisions list",
        "decisions rejudge",
        "decisions show",
        "decisions trace",
        "decisions trace-key",
        "demo",
        "drift",
        "evaluate",
        "learn",
        "learn calibrate",
        "learn fit",
        "learn next",
        "learn promote",
        "learn rollback",
        "learn run",
        "learn status",
        "ledger",
        "ledger head",
        "ledger verify",
        "model",
        "model fetch",
        "model list",
        "model serve",
        "policy",
        "policy ambiguity",
        "policy approve",
        "policy conflicts",
        "policy coverage",
        "policy diff",
        "policy lint",
        "policy mutate",
        "policy new",
        "policy propose",
        "policy reject",
        "policy render",
        "policy show",
        "policy simulate",
        "policy states",
        "policy test",
        "quality",
        "review",
        "review agreement",
        "review appeal",
        "review golden",
        "review golden add",
        "review golden list",
        "review list",
        "review next",
        "review queues",
        "review release",
        "review rule",
        "review show",
        "settle",
        "usage",
    ]


@pytest.mark.parametrize("line", command_lines(), ids=" ".join)
def test_every_command_and_every_option_explains_itself(komainu: Command, line: tuple[str, ...]) -> None:
    ran = komainu(*line, "--help")
    assert ran.code == 0
    assert len(one_line(ran.out)) > 150
    command = get_command(app)
    for part in line:
        command = command.commands[part]  # type: ignore[attr-defined]  # groups have commands
    assert command.help or line == ()
    unexplained = [parameter.name for parameter in command.params if not getattr(parameter, "help", "x")]
    assert unexplained == []


def test_the_version_is_printed(komainu: Command) -> None:
    assert komainu("--version").out == f"komainu {__version__}\n"


@pytest.mark.parametrize("arguments", [["chek", "x"], ["check"], ["check", "x", "--nope"], ["review", "rule"], []])
def test_bad_use_is_exit_code_2(komainu: Command, arguments: list[str]) -> None:
    assert komainu(*arguments).code == 2


def test_a_misspelt_command_is_suggested(komainu: Command) -> None:
    assert "Did you mean 'check'" in one_line(komainu("chek", "x").err)


def test_the_installed_command_runs_as_a_process(process: Command) -> None:
    ran = process("--version")
    assert (ran.code, ran.err) == (0, "")
    assert re.fullmatch(r"komainu \d+\.\d+\.\d+\n", ran.out)


def test_reading_a_record_that_is_not_there_makes_none(komainu: Command, here: object) -> None:
    for line in (["decisions", "list"], ["review", "list"], ["ledger", "verify"], ["ledger", "head"]):
        ran = komainu(*line, "--store", "typo.db")
        assert ran.code == 3
        assert "typo.db: expected a record; there is none" in ran.err
    assert komainu("ledger", "head", "--store", "sqlite:///typo.db").code == 3


WITHOUT = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"openai", "stamina", "rapidfuzz", "cachetools", "cryptography", "scipy", "sklearn",
                                  "pyarrow", "psycopg", "xllamacpp"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
from komainu.apps.cli import main
main()
"""


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("check", "hello", "--policy", "policies/house"), 0, "HOLD"),
        (
            ("check", "hello", "--policy", "policies/house", "--reasoner", "http://127.0.0.1:9/v1"),
            2,
            "komainu[reasoner]",
        ),
        (("decisions", "trace-key"), 2, "komainu[reasoner]"),
        (("learn", "calibrate", "--policy", "policies/house"), 2, "komainu[evals]"),
    ],
)
def test_the_command_runs_without_any_extra(here: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT, *arguments], cwd=here, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == code, ran.stderr
    assert said in ran.stdout + ran.stderr
