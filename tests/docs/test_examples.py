"""Every example in the documentation runs, and prints what the page says it prints.

A `console` block is run line by line in a folder that the page keeps to itself; `…` in the shown output stands for
anything. A `python` block is executed with those before it on the page, and its tests are run.
"""

import asyncio
import inspect
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), DOCS.parent / "README.md"])
BLOCK = re.compile(r"^```(console|python|markdown|toml|jsonl)(?: title=(\S+))?\n(.*?)^```$", re.M | re.S)


def pages_with(kind: str) -> list[Any]:
    return [
        pytest.param(page, id=page.relative_to(DOCS.parent).as_posix())
        for page in PAGES
        if any(match[1] == kind for match in BLOCK.finditer(page.read_text("utf-8")))
    ]


@pytest.mark.parametrize("page", pages_with("console"))
def test_commands_print_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    for match in BLOCK.finditer(page.read_text("utf-8")):
        kind, title, body = match.groups()
        if kind in ("markdown", "toml", "jsonl") and title:
            path = tmp_path / title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body, "utf-8")
        elif kind == "console":
            for command, shown in commands(body):
                check(command, shown, tmp_path)


def commands(block: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a console block, with the output lines shown under it."""
    for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
        command, *shown = part.splitlines()
        yield command, [line for line in shown if line.strip()]


def check(command: str, shown: list[str], folder: Path) -> None:
    if command.startswith(("make ", "git ", "pip ")):
        return
    tools = str(Path(sys.executable).parent)
    environment = {
        **os.environ,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "120",
        "NO_COLOR": "1",
        "XDG_CACHE_HOME": str(folder / ".cache"),
    }
    command = command.replace(".venv/bin/komainu", "komainu")
    done = subprocess.run(
        command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    printed = [" ".join(line.split()) for line in (done.stdout + done.stderr).splitlines()]
    assert done.returncode in (0, 1), f"{command}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
    place = 0
    for line in shown:
        wanted = re.compile(".*".join(re.escape(part) for part in " ".join(line.split()).split("…")))
        while place < len(printed) and not wanted.fullmatch(printed[place]):
            place += 1
        assert place < len(printed), f"{shlex.quote(command)} did not print {line!r}; it printed:\n" + "\n".join(
            printed
        )
        place += 1


@pytest.mark.parametrize("page", pages_with("python"))
def test_python_on_the_page_runs(page: Path) -> None:
    names: dict[str, Any] = {"__name__": f"docs.{page.stem}"}
    for match in BLOCK.finditer(page.read_text("utf-8")):
        if match[1] == "python":
            exec(compile(match[3], str(page), "exec"), names)
    for name, value in list(names.items()):
        if name.startswith("test_") and inspect.iscoroutinefunction(value):
            asyncio.run(value())


def test_every_link_leads_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}, which is not there"
