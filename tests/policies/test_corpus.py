"""Every policy of the corpus, where it is at hand, parses, has readable cases, and survives rendering."""

import os
from pathlib import Path

import pytest

from komainu.policies import load, load_cases, parse, policy_files, render_markdown, starter_path

CHECKOUT = Path(__file__).parents[2]
CORPUS = Path(os.environ.get("KOMAINU_CORPUS", CHECKOUT.parent / "shared" / "policy-corpus"))


def checked(folder: Path) -> int:
    files = policy_files(folder)
    for file in files:
        policy = load(file)
        assert load_cases(file, policy), file
        assert parse(render_markdown(policy), path=str(file)) == policy, file
    return len(files)


def test_starter_policies():
    assert checked(starter_path()) >= 10


@pytest.mark.parametrize(("folder", "count"), [(CORPUS, 220), (CORPUS.parent / "bench-dev", 16)], ids=["corpus", "dev"])
def test_corpus(folder, count):
    if not folder.is_dir():
        pytest.skip("the policy corpus is not at hand; name its folder in KOMAINU_CORPUS")
    assert checked(folder) >= count
