"""Every policy of the corpus, where it is at hand, parses, has readable cases, and survives rendering."""

import os
from pathlib import Path

import pytest

from komainu.policies import load, load_cases, parse, policy_files, render_markdown, starter_path
from komainu.policies.coverage import coverage
from komainu.policies.mutants import make, read_labels

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


def test_the_cases_of_starter_policies_try_every_line_on_both_sides():
    """And notice every mutant, but for a sentence on what is done (SH5) and one whose parts are tested (PD-A2)."""
    untested = []
    for file in policy_files(starter_path()):
        policy, cases = load(file), load_cases(file)
        covered = coverage(policy, cases)
        assert covered.gaps == (), file
        mutants = make(policy).mutants
        untested += [one.clause for one in mutants if read_labels(policy, cases, one, covered).is_survived]
    assert sorted(untested) == ["PD-A2", "SH5", "SH5", "SH5"]


@pytest.mark.parametrize(("folder", "count"), [(CORPUS, 220), (CORPUS.parent / "bench-dev", 16)], ids=["corpus", "dev"])
def test_corpus(folder, count):
    if not folder.is_dir():
        pytest.skip("the policy corpus is not at hand; name its folder in KOMAINU_CORPUS")
    assert checked(folder) >= count
