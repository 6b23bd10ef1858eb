"""Write the reference pages that are made from code: docs/reference/cli.md and docs/reference/lints.md.

    python scripts/make_reference.py [--check]

With --check nothing is written; exit code 1 and the names of the pages that are out of date.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from komainu.apps.cli.app import app
from komainu.policies.lint.registry import REGISTRY

DOCS = Path(__file__).resolve().parent.parent / "docs"


def pages() -> dict[Path, str]:
    """Each page made from code, with its text."""
    return {
        DOCS / "reference" / "cli.md": "\n".join(_cli()) + "\n",
        DOCS / "reference" / "lints.md": "\n".join(_lints()) + "\n",
    }


def _cli() -> Iterator[str]:
    yield "# Command line"
    yield ""
    yield "Made from the code by `python scripts/make_reference.py`; `komainu COMMAND --help` says the same."
    yield ""
    yield "Exit codes: 0 done; 1 a check failed (lint, policy test, policy coverage and mutate with --strict, policy"
    yield "conflicts, policy simulate with --fail-over, ledger verify), drift was found, or policies differ (policy"
    yield "diff); 2 used wrongly, or input that cannot be read; 3 the record cannot be kept or read; 130 interrupted."
    yield from _command("komainu", get_command(app))


def _command(name: str, command: Any) -> Iterator[str]:
    parts = getattr(command, "commands", None)
    if name != "komainu":
        yield ""
        yield f"## `{name}`"
        yield ""
        yield _paragraphs(command.help or "")
        if not parts:
            yield from _parameters(name, command)
    for part, child in (parts or {}).items():
        yield from _command(f"{name} {part}", child)


def _parameters(name: str, command: Any) -> Iterator[str]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
    usage = " ".join([name, *(_placeholder(argument) for argument in arguments), "[OPTIONS]" if options else ""])
    yield ""
    yield f"    {usage.strip()}"
    if arguments or options:
        yield ""
        yield "| | |"
        yield "|---|---|"
    for argument in arguments:
        yield f"| `{_placeholder(argument)}` | {_cell(argument.help)} |"
    for option in options:
        names = ", ".join(f"`{each}`" for each in (*option.opts, *option.secondary_opts))
        value = "" if option.is_flag else f" `{option.metavar or option.name.upper()}`"
        yield f"| {names}{value} | {_cell(option.help)}{_default(option)} |"


def _placeholder(argument: Any) -> str:
    name = (argument.metavar or argument.name).upper().strip("[]")
    many = "…" if argument.nargs == -1 and not name.endswith(("...", "…")) else ""
    return f"{name}{many}" if argument.required else f"[{name}{many}]"


def _default(option: Any) -> str:
    said = "Default" in (option.help or "")
    if said or option.is_flag or option.default in (None, "", ()) or callable(option.default):
        return ""
    return f" Default: `{option.default}`."


def _paragraphs(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def _lints() -> Iterator[str]:
    yield "# Lints"
    yield ""
    yield "What `komainu policy lint` finds. Made from the code by `python scripts/make_reference.py`."
    yield ""
    yield "Silence one for a whole file in its front matter, `lint: {allow: [K203]}`, or for one line with"
    yield "`<!-- lint: allow K203 -->` on the line or on the one above. K100 cannot be silenced: a"
    yield "policy that cannot be read is not in force."
    for code in sorted(REGISTRY):
        yield ""
        yield f"## {code}: {REGISTRY[code].title}"
        yield ""
        yield f"{REGISTRY[code].level.value.capitalize()}. {REGISTRY[code].why}"


def main() -> int:
    """Write the pages, or with --check say which are out of date."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--check", action="store_true")
    checking = options.parse_args().check
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        print(f"{'out of date' if checking else 'wrote'}: {path.relative_to(DOCS.parent)}")
        if not checking:
            path.write_text(pages()[path], "utf-8")
    return 1 if checking and stale else 0


if __name__ == "__main__":
    sys.exit(main())
