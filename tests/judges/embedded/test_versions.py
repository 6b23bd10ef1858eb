from pathlib import Path

import pytest

from komainu.errors import JudgeError, UsageError
from komainu.judges.embedded import versions


def filled(name: str) -> object:
    def fill(folder: Path) -> str:
        (folder / f"{name}.npz").write_text(name, "utf-8")
        return name

    return fill


def test_without_versions_the_files_of_the_folder_count(tmp_path: Path) -> None:
    assert versions.live(tmp_path) == ""
    assert versions.folder_of(tmp_path) == tmp_path
    assert versions.canary(tmp_path) is None


def test_one_version_is_live_and_another_is_tried(tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert versions.new_version(tmp_path, filled(name)) == name  # type: ignore[arg-type]
    versions.make_live(tmp_path, "one")
    versions.make_canary(tmp_path, versions.CanaryShare(version="two", share=0.25))
    assert versions.folder_of(tmp_path) == tmp_path / "versions" / "one"
    assert versions.folder_of(tmp_path, "two") == tmp_path / "versions" / "two"
    assert versions.canary(tmp_path) == versions.CanaryShare(version="two", share=0.25)
    versions.make_canary(tmp_path, None)
    versions.make_canary(tmp_path, None)
    assert versions.canary(tmp_path) is None
    versions.make_live(tmp_path, "")
    assert versions.folder_of(tmp_path) == tmp_path


def test_a_version_is_whole_or_not_there(tmp_path: Path) -> None:
    def broken(folder: Path) -> str:
        (folder / "half.npz").write_text("half", "utf-8")
        raise RuntimeError("cut off")

    with pytest.raises(RuntimeError):
        versions.new_version(tmp_path, broken)
    assert list((tmp_path / "versions").iterdir()) == []


def test_a_version_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    versions.new_version(tmp_path, filled("one"))  # type: ignore[arg-type]
    kept = tmp_path / "versions" / "one" / "one.npz"
    kept.write_text("kept", "utf-8")
    versions.new_version(tmp_path, filled("one"))  # type: ignore[arg-type]
    assert kept.read_text("utf-8") == "kept"


def test_a_version_is_a_copy_of_the_live_one_and_more(tmp_path: Path) -> None:
    (tmp_path / "old.npz").write_text("old", "utf-8")
    into = tmp_path / "into"
    into.mkdir()
    versions.copied(tmp_path, into)
    assert [file.name for file in into.iterdir()] == ["old.npz"]


def test_what_is_named_and_not_there_is_an_error_and_no_other_version(tmp_path: Path) -> None:
    with pytest.raises(JudgeError, match="which is not there"):
        versions.make_live(tmp_path, "gone")
    versions.new_version(tmp_path, filled("one"))  # type: ignore[arg-type]
    versions.make_live(tmp_path, "one")
    (tmp_path / "versions" / "one").rename(tmp_path / "versions" / "elsewhere")
    with pytest.raises(JudgeError, match="komainu learn rollback"):
        versions.folder_of(tmp_path)
    (tmp_path / "canary").write_text("{", "utf-8")
    with pytest.raises(JudgeError, match="is damaged"):
        versions.canary(tmp_path)
    (tmp_path / "canary").write_text('{"version": "one", "share": 7}', "utf-8")
    with pytest.raises(JudgeError, match="is damaged"):
        versions.canary(tmp_path)


def test_what_is_live_or_tried_is_never_dropped(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        versions.new_version(tmp_path, filled(name))  # type: ignore[arg-type]
    versions.make_live(tmp_path, "one")
    versions.make_canary(tmp_path, versions.CanaryShare(version="two", share=1.0))
    for name in ("one", "two", "three", ""):
        versions.drop(tmp_path, name)
    assert sorted(folder.name for folder in (tmp_path / "versions").iterdir()) == ["one", "two"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(UsageError, match="expected a folder that can be written"):
        versions.new_version(tmp_path / "file", filled("one"))  # type: ignore[arg-type]
