"""Versions of what was fitted: folders that are whole, of which one is live and one may be tried on a share.

A folder of fits holds files for a judge without versions, and beside them `versions/NAME` with a file `live` that names
one. To make another one live is to replace that file, so that no judge is ever half one and half the other.
"""

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from komainu.errors import JudgeError, UsageError
from komainu.judges.learnt import written_whole

_LIVE, _CANARY, _VERSIONS = "live", "canary", "versions"


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryShare:
    """A version that decides on a share of the traffic."""

    version: str
    share: float  # 0 to 1

    def __post_init__(self) -> None:
        if not self.version or not 0.0 < self.share <= 1.0:
            raise ValueError(f"a canary has a version and a share of up to 1; got {self.version!r}, {self.share}")


def folder_of(fits: Path, version: str = "") -> Path:
    """Where the files of a version lie, or of the live one; JudgeError where it is not there."""
    name = version or live(fits)
    found = fits / _VERSIONS / name if name else fits
    if name and not found.is_dir():
        raise JudgeError(f"{fits} names the version {name}, which is not there: komainu learn rollback, or put it back")
    return found


def live(fits: Path) -> str:
    """The name of the live version; empty where the files of the folder itself count."""
    return _read(fits / _LIVE)


def make_live(fits: Path, version: str) -> None:
    """From now on this version is live; the folder's own files where it is empty."""
    if not version:
        (fits / _LIVE).unlink(missing_ok=True)
        return
    folder_of(fits, version)
    _write(fits / _LIVE, version)


def canary(fits: Path) -> CanaryShare | None:
    """The version that is tried on a share of the traffic, if any; JudgeError where the file was damaged."""
    said = _read(fits / _CANARY)
    if not said:
        return None
    try:
        return CanaryShare(**json.loads(said))
    except (ValueError, TypeError) as error:
        raise JudgeError(f"{fits / _CANARY} is damaged; take it away to try nothing") from error


def make_canary(fits: Path, tried: CanaryShare | None) -> None:
    """Try this version from now on, or none."""
    if tried is None:
        (fits / _CANARY).unlink(missing_ok=True)
        return
    folder_of(fits, tried.version)
    _write(fits / _CANARY, json.dumps({"version": tried.version, "share": tried.share}))


def new_version(fits: Path, fill: Callable[[Path], str]) -> str:
    """Make a version: `fill` writes its files into a folder, and names it. Whole or not at all.

    One of that name that is there already is left as it is.
    """
    try:
        (fits / _VERSIONS).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=fits / _VERSIONS, prefix=".making-") as made:
            inside = Path(made) / "files"
            inside.mkdir()
            name = fill(inside)
            target = fits / _VERSIONS / name
            if not target.exists():
                inside.rename(target)
            return name
    except OSError as error:
        raise UsageError(f"{fits}: expected a folder that can be written; {error.strerror or error}") from error


def names(fits: Path) -> frozenset[str]:
    """All versions that are there."""
    folder = fits / _VERSIONS
    return frozenset(one.name for one in folder.iterdir()) if folder.is_dir() else frozenset()


def drop(fits: Path, version: str) -> None:
    """Delete a version that is neither live nor tried."""
    tried = canary(fits)
    if version and version != live(fits) and (tried is None or tried.version != version):
        shutil.rmtree(fits / _VERSIONS / version, ignore_errors=True)


def copied(fits: Path, into: Path, version: str = "") -> None:
    """Copy the files of a version, or of the live one, into a folder."""
    source = folder_of(fits, version)
    for file in sorted(source.glob("*.npz")) if source.is_dir() else ():
        shutil.copyfile(file, into / file.name)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise JudgeError(f"{path}: expected a file that can be read; {error}") from error


def _write(path: Path, said: str) -> None:
    with written_whole(path) as file:
        file.write(f"{said}\n".encode())
