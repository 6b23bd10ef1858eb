"""An encoder in a process of its own: the same vectors, and no answer lost or made up when the process dies."""

import os
import signal
import subprocess
import sys
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import psutil
import pytest

from komainu.cascade import Cascade, Stage
from komainu.domain import Abstention, Action, Content, Reason
from komainu.errors import JudgeError
from komainu.judges.checks import sample_rulebook
from komainu.judges.embedded import EmbeddedJudge
from komainu.models.apart import EncoderApart
from komainu.models.use import UniversalSentenceEncoder

TEXTS = ["Good morning", "おはようございます", "lone \ud800 half", ""]


@pytest.fixture
def apart() -> EncoderApart:
    return EncoderApart(UniversalSentenceEncoder)


def test_it_gives_the_same_vectors(apart: EncoderApart) -> None:
    here = UniversalSentenceEncoder()
    assert (apart.name, apart.dimensions) == (here.name, here.dimensions)
    np.testing.assert_allclose(apart.encode(TEXTS), here.encode(TEXTS), atol=1e-6)


async def test_a_child_that_dies_makes_abstentions_and_is_started_again(apart: EncoderApart) -> None:
    cascade = Cascade(stages=(Stage(judge=EmbeddedJudge(encoder=apart)),))
    content = Content(text="Good morning, how are you?")
    before = await cascade.decide(content, sample_rulebook())
    child = max(active_children(), key=lambda each: each.pid or 0)
    child.kill()
    child.join()
    held = await cascade.decide(content, sample_rulebook())
    assert held.action is Action.HOLD
    assert {opinion.reason for opinion in held.opinions if isinstance(opinion, Abstention)} == {Reason.FAILED}
    after = await cascade.decide(content, sample_rulebook())
    assert after.opinions == before.opinions


def test_a_failure_in_the_child_fails_that_call_alone(apart: EncoderApart) -> None:
    with pytest.raises(JudgeError, match="process of encoder"):
        apart.encode([None])  # type: ignore[list-item]
    assert apart.encode(["again"]).shape == (1, 512)


def test_the_child_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import time\n"
        "from komainu.models.apart import EncoderApart\n"
        "from komainu.models.use import UniversalSentenceEncoder\n"
        "if __name__ == '__main__':\n"
        "    EncoderApart(UniversalSentenceEncoder).encode(['hello'])\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None and parent.stdout.readline() == b"ready\n"
        (child,) = [each for each in psutil.Process(parent.pid).children() if "spawn_main" in " ".join(each.cmdline())]
        os.kill(parent.pid, signal.SIGKILL)
    gone, _ = psutil.wait_procs([child], timeout=20)
    assert gone, "the encoder's process outlived its parent"
