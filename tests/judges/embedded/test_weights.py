"""Weights that are not whole, or do not judge, never serve."""

import json
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from komainu.errors import JudgeError
from komainu.judges.embedded import EmbeddedJudge
from komainu.judges.embedded.calibration import Calibration
from komainu.judges.embedded.head import Head
from komainu.judges.embedded.selftest import prove, proven
from komainu.judges.embedded.weights import HEAD, SHIPPED, read_ordinary, weights_in
from komainu.models.reader import ENCODER, MANIFEST, TOKENIZER, WORDS
from tests.judges.embedded.readers import Deaf

MB = 1_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped weights, to be damaged."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "weights"))


def sign(folder: Path, name: str) -> None:
    """Let the manifest name the file as it now is."""
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["sha256"][name] = sha256((folder / name).read_bytes()).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(manifest))


def test_the_shipped_files_are_small_enough() -> None:
    sizes = [path.stat().st_size for path in SHIPPED.iterdir()]
    assert max(sizes) < 40 * MB
    assert sum(sizes) < 80 * MB


def test_every_shipped_file_that_is_loaded_is_in_the_manifest() -> None:
    named = json.loads((SHIPPED / MANIFEST).read_text())["sha256"]
    assert {path.name for path in SHIPPED.iterdir() if path.suffix != ".md"} == {MANIFEST, *named}


def test_the_ordinary_texts_were_read_with_these_weights() -> None:
    weights = proven()
    made = read_ordinary(weights.reader, weights.head)
    # In int8 a last digit that another processor rounds otherwise grows through the layers: .983 between two makers'.
    for here, kept in ((made.keys, weights.ordinary.keys), (made.wholes, weights.ordinary.wholes)):
        likeness = (here * kept).sum(1) / np.linalg.norm(here, axis=1) / np.linalg.norm(kept, axis=1)
        assert likeness.mean() > 0.97, f"expected what these weights read; mean likeness {likeness.mean():.4f}"


@pytest.mark.parametrize("name", sorted(json.loads((SHIPPED / MANIFEST).read_text())["sha256"]))
@pytest.mark.parametrize("harm", ["missing", "truncated", "corrupted"])
def test_a_damaged_file_is_refused(folder: Path, name: str, harm: str) -> None:
    whole = (folder / name).read_bytes()
    (folder / name).unlink()
    if harm == "truncated":
        (folder / name).write_bytes(whole[: len(whole) // 2])
    if harm == "corrupted":
        (folder / name).write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
    with pytest.raises(JudgeError, match=r"(?s)weights.*install Komainu again"):
        EmbeddedJudge(weights=folder)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "x"}'])
def test_a_manifest_that_is_none_is_refused(folder: Path, text: str) -> None:
    (folder / MANIFEST).write_text(text)
    with pytest.raises(JudgeError, match="cannot be read"):
        EmbeddedJudge(weights=folder)


def test_the_tokenizer_of_another_model_is_refused_though_the_manifest_names_it(folder: Path) -> None:
    described = json.loads((folder / TOKENIZER).read_text("utf-8"))
    vocabulary = described["model"]["vocab"]
    described["model"]["vocab"] = [*vocabulary[:4], *reversed(vocabulary[4:])]
    (folder / TOKENIZER).write_text(json.dumps(described), "utf-8")
    sign(folder, TOKENIZER)
    with pytest.raises(JudgeError, match="does not tell known violations"):
        EmbeddedJudge(weights=folder)


def test_words_out_of_place_are_refused_though_the_manifest_names_them(folder: Path) -> None:
    with np.load(folder / WORDS) as kept:
        arrays = dict(kept)
    arrays["words"] = np.roll(arrays["words"], 1, axis=0)
    np.savez(folder / WORDS, **arrays)
    sign(folder, WORDS)
    with pytest.raises(JudgeError, match="does not tell known violations"):
        EmbeddedJudge(weights=folder)


def test_the_head_of_another_shape_is_refused(folder: Path) -> None:
    with np.load(folder / HEAD) as kept:
        arrays = dict(kept)
    arrays["gate_in"] = arrays["gate_in"][:-1]
    np.savez(folder / HEAD, **arrays)
    sign(folder, HEAD)
    with pytest.raises(JudgeError, match="gate_in has shape"):
        EmbeddedJudge(weights=folder)


def test_an_encoder_that_is_none_is_refused_though_the_manifest_names_it(folder: Path) -> None:
    (folder / ENCODER).write_bytes(b"not a network")
    sign(folder, ENCODER)
    with pytest.raises(JudgeError, match="no network that can be run"):
        EmbeddedJudge(weights=folder)


def test_a_reader_that_reads_the_same_in_every_text_does_not_serve() -> None:
    weights = proven()
    with pytest.raises(JudgeError, match="does not tell known violations"):
        prove(replace(weights, reader=Deaf(weights.reader)))


def test_a_head_that_gives_no_numbers_does_not_serve() -> None:
    weights = proven()
    with pytest.raises(JudgeError, match="does not tell known violations"):
        prove(replace(weights, head=replace(weights.head, weights=weights.head.weights * np.nan)))


def test_a_head_turned_round_does_not_serve() -> None:
    weights = proven()
    turned = replace(weights.head, weights=-weights.head.weights, gate_out=-weights.head.gate_out)
    with pytest.raises(JudgeError, match="does not tell known violations"):
        prove(replace(weights, head=turned))


def test_weights_are_loaded_once() -> None:
    assert weights_in(SHIPPED) is weights_in(SHIPPED)


def test_a_head_needs_all_its_arrays() -> None:
    with pytest.raises(KeyError, match="centre"):
        Head.of({})


def test_a_calibration_needs_both_languages() -> None:
    with pytest.raises(ValueError, match="en, ja"):
        Calibration.of({"slope": {"en": 1.0}, "shift": {"en": 0.0}})
