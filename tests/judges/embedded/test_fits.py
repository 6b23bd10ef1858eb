"""What was fitted is kept whole, used where it belongs, and never lost in silence."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from komainu.domain import Content
from komainu.errors import JudgeError, UsageError
from komainu.judges.embedded import EmbeddedJudge
from komainu.judges.embedded.adaptation import Correction
from komainu.judges.embedded.fits import Fits, said, save
from komainu.judges.embedded.selftest import proven
from komainu.judges.embedded.words import words_of
from tests.judges.embedded.readers import RULEBOOK, asked, verdicts

TEXT = "Thank you, the soup was lovely and the bread still warm."
FIRST = next(iter(RULEBOOK))
KEY = said(words_of(FIRST, FIRST.clauses[0]))


def made(shift: float = 3.0) -> Correction:
    return Correction(slope=1.0, shift=shift, direction=np.zeros(384, np.float32), labels=20)


def test_they_come_back_as_they_were_saved(tmp_path: Path) -> None:
    save(tmp_path / "new" / "first.npz", "judge", {"a": made(1.0), "b": made(2.0)}, {"c0ffee"})
    save(tmp_path / "new" / "second.npz", "judge", {"c": made(3.0)}, {"c0ffee"})
    found = Fits.read(tmp_path / "new", "judge")
    assert {key: one.shift for key, one in found.corrections.items()} == {"a": 1.0, "b": 2.0, "c": 3.0}
    assert {one.labels for one in found.corrections.values()} == {20}
    assert not list((tmp_path / "new").glob("*.part"))


def test_any_change_of_a_fit_gives_the_judge_another_name(tmp_path: Path) -> None:
    digests = set()
    for shift in (1.0, 2.0):
        save(tmp_path / "first.npz", "judge", {"a": made(shift)}, {"c0ffee"})
        digests.add(Fits.read(tmp_path, "judge").digest)
    assert len(digests) == 2


def test_those_for_another_judge_are_passed_over(tmp_path: Path) -> None:
    save(tmp_path / "first.npz", "other", {"a": made()}, {"c0ffee"})
    assert Fits.read(tmp_path, "judge") == Fits.none()


def test_no_folder_is_nothing_fitted(tmp_path: Path) -> None:
    assert Fits.read(tmp_path / "none", "judge") == Fits.read(None, "judge") == Fits.none()


async def test_the_judge_uses_them_for_their_clause_and_says_so(tmp_path: Path) -> None:
    before = verdicts(await asked(EmbeddedJudge(), TEXT))
    save(tmp_path / "first.npz", proven().name, {KEY: made()}, {"c0ffee"})
    fitted = EmbeddedJudge(fits=tmp_path)
    after = verdicts(await asked(fitted, TEXT))
    assert after[0].probability > before[0].probability + 0.2
    assert after[0].rationale.endswith("fitted on 20 labels")
    assert [one.probability for one in after[1:]] == [one.probability for one in before[1:]]
    assert fitted.name != EmbeddedJudge().name


async def test_a_clause_whose_words_changed_is_judged_without(tmp_path: Path) -> None:
    save(tmp_path / "first.npz", proven().name, {KEY: made()}, {"c0ffee"})
    clauses = (replace(FIRST.clauses[0], text="No talk of boats."), *FIRST.clauses[1:])
    changed = replace(RULEBOOK, policies=(replace(FIRST, clauses=clauses),))
    judge = EmbeddedJudge(fits=tmp_path)
    found = verdicts(await judge.judge(Content(text=TEXT), changed.clauses, changed))
    assert "labels" not in found[0].rationale


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 torn"])
def test_a_damaged_file_is_an_error_and_not_a_judge_without_it(tmp_path: Path, damage: bytes) -> None:
    save(tmp_path / "first.npz", proven().name, {KEY: made()}, {"c0ffee"})
    (tmp_path / "first.npz").write_bytes(damage)
    with pytest.raises(JudgeError, match=r"first\.npz is damaged.*fit the policy again"):
        EmbeddedJudge(fits=tmp_path)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match="expected a file that can be written"):
        save(tmp_path / "file" / "first.npz", "judge", {"a": made()}, {"c0ffee"})
