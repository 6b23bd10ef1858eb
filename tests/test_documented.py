"""Nothing is undocumented: this fails when something is added without words."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from komainu import domain
from komainu.apps.settings import Settings
from komainu.apps.stage_settings import StageSettings
from tests.faults import ROOT

DOCS = ROOT / "docs"
SOURCES = sorted((ROOT / "src" / "komainu").rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT / "src").as_posix())
def test_all_that_is_public_has_a_docstring(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    if not tree.body:
        return
    assert ast.get_docstring(tree), f"{path.name} does not say what it is"
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    for owner in (tree, *classes):
        for node in owner.body:
            named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            if named and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path.name}: {node.name} has no docstring"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT / "src").as_posix())
def test_files_stay_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) < 300


def test_every_noun_is_in_the_glossary() -> None:
    glossary = set(re.findall(r"^\| \*\*(\w+)\*\* \|", (DOCS / "concepts.md").read_text("utf-8"), re.M))
    assert set(domain.__all__) <= glossary, f"missing from docs/concepts.md: {set(domain.__all__) - glossary}"


def test_every_setting_is_in_the_reference() -> None:
    page = (DOCS / "reference" / "configuration.md").read_text("utf-8")
    for name in (*Settings.model_fields, *StageSettings.model_fields):
        assert re.search(rf"\b{name}\b", page), f"docs/reference/configuration.md does not mention {name}"


def test_pages_made_from_code_are_up_to_date() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "make_reference.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"run python scripts/make_reference.py\n{done.stdout}{done.stderr}"


def test_every_error_is_in_the_tree() -> None:
    source = (ROOT / "src" / "komainu" / "errors.py").read_text("utf-8")
    tree = ast.parse(source)
    drawn = ast.get_docstring(tree) or ""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            assert node.name in drawn, f"the tree in errors.py lacks {node.name}"


def test_only_one_place_catches_everything() -> None:
    """A judge's failure becomes an abstention in the cascade; everywhere else errors keep their names."""
    broad = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) == "Exception"):
                broad.append(f"{path.name}:{node.lineno}")
    assert broad == [], f"broad except in {broad}"
