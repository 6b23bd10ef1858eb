"""A working directory with two small policies and a scripted judge, and two ways to run the real command in it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from komainu.apps.cli.app import app
from tests.cli.serving import serving

__all__ = ["serving"]

HOUSE = """---
id: house
title: House rules
version: 1.0.0
language: en
rules:
  HR1:
    phrases: ["buy followers"]
targets: {max_wrong: 0.25}
---

These rules keep the forum pleasant.

## Definitions
- **Trade**: an offer to sell, buy or swap.

## Violates
### HR1 Trading followers {severity=2}
Offers followers for money.
### HR2 Shouting {severity=1}
Is written in capital letters throughout.
### HR3 Private numbers {severity=3 action=hold}
Shows a telephone number of somebody else.

## Allowed
### HR-A1 Quoting an offer {limits=HR1}
Quotes an offer in order to warn of it.

## Ambiguity
- If an offer is shouted, it is HR1 and HR2.

## Examples
- **HR1**: Buy followers here, ten for a coin
- **HR2**: COME AND SEE THE BOATS
- **HR3**: Ring Mr Oak under 555 0100
- **HR-A1**: Somebody wrote me "buy followers", beware
- **none**: The soup was lovely
"""

SHOP = """---
id: shop
title: Shop rules
version: 2.0.0
language: ja
---

お店の掲示板のための決まりです。

## Violates
### SR1 偽の値引き {severity=2}
値引きがないのに値引きと書く。
### HR1 偽の評価 {severity=2}
お金をもらって書いた評価を載せる。

## Examples
- **SR1**: 毎日が最終日！全品半額
- **HR1**: 星五つで千円もらえます
- **none**: 明日は休みです
"""

CASES = (
    {"id": "house-01", "text": "Buy followers, cheap", "role": "post", "violates": ["HR1"], "why": "An offer."},
    {"id": "house-02", "text": "GOOD MORNING ALL", "role": "post", "violates": ["HR2"], "why": "Capitals."},
    {"id": "house-03", "text": "The soup was lovely", "role": "post", "violates": [], "why": "Fine."},
    {"id": "house-04", "text": "Call my aunt, 555 0101", "role": "post", "violates": ["HR3"], "why": "A number."},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The output as JSON; the command must have worked."""
        return json.loads(self.out)


Command = Callable[..., Ran]


def one_line(text: str) -> str:
    """The words of an output without the line breaks and borders that depend on the width of a terminal."""
    return " ".join(text.replace("│", " ").split())


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: policies/house and policies/shop, no configuration yet."""
    for name, text in (("house", HOUSE), ("shop", SHOP)):
        folder = tmp_path / "policies" / name
        folder.mkdir(parents=True)
        (folder / "policy.md").write_text(text, "utf-8")
    lines = "".join(f"{json.dumps(case)}\n" for case in CASES)
    (tmp_path / "policies" / "house" / "cases.jsonl").write_text(lines, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("USER", "tamako")
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path


@pytest.fixture
def scripted(here: Path) -> Callable[..., None]:
    """Writes komainu.toml: the judges answer with these probabilities by clause key, 0.5 (open) for the others."""

    def write(probabilities: Mapping[str, float] | None = None, *, default: float = 0.5, policies: str = "") -> None:
        script = "".join(f"{json.dumps(key)} = {p}\n" for key, p in (probabilities or {}).items())
        (here / "komainu.toml").write_text(
            f'policies = ["{policies or "policies"}"]\n'
            '[[stages]]\njudge = "rules"\n'
            '[[stages]]\njudge = "scripted"\n'
            f"[stages.options]\ndefault = {default}\n[stages.options.opinions]\n{script}",
            "utf-8",
        )

    write()
    return write


@pytest.fixture
def komainu(here: Path) -> Command:
    """Runs a command inside this process, as fast as that goes."""

    def run(*arguments: str, stdin: bytes | str = b"") -> Ran:
        result = CliRunner().invoke(app, arguments, input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(code=result.exit_code, out=result.stdout, err=result.stderr)

    return run


@pytest.fixture
def process(here: Path) -> Command:
    """Runs a command as a process of its own: arguments and input are bytes, as the system passes them."""

    def run(*arguments: str | bytes, stdin: bytes = b"", timeout_seconds: float = 60) -> Ran:
        code = "from komainu.apps.cli import main; main()"
        ran = subprocess.run(
            [sys.executable, "-W", "error", "-c", code, *arguments],
            cwd=here,
            input=stdin,
            capture_output=True,
            timeout=timeout_seconds,
            env={**os.environ, "PYTHONUTF8": "1"},
            check=False,
        )
        return Ran(
            code=ran.returncode, out=ran.stdout.decode("utf-8", "replace"), err=ran.stderr.decode("utf-8", "replace")
        )

    return run


@pytest.fixture
def held(scripted: Callable[..., None], komainu: Command) -> dict[str, Any]:
    """A decision that waits for a person: house/HR2 and house/HR3 are open, everything else is clear."""
    scripted({"house/HR1": 0.0, "shop/SR1": 0.0, "shop/HR1": 0.0})
    decision: dict[str, Any] = komainu("check", "Ring the harbour office", "--json").json
    assert decision["action"] == "hold"
    return decision
