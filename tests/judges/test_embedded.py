"""The embedded judge: one encoding per content, one per rulebook, and no answer where it has none."""

import asyncio
import hashlib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from komainu.cascade import Cascade, Stage, Thresholds
from komainu.domain import Abstention, Action, Content, Reason, Ruling, Verdict
from komainu.errors import JudgeError
from komainu.judges.checks import ORDINARY_TEXTS, check_judge, sample_rulebook
from komainu.judges.embedded import EmbeddedJudge
from komainu.judges.embedded.calibration import FEATURES, Calibration, shipped_calibration
from komainu.judges.embedded.windows import MAX_CHARS, OVERLAP_CHARS, WINDOW_CHARS, unreadable, windows
from komainu.models.encoder import Vectors
from komainu.models.use import UniversalSentenceEncoder
from tests import strategies

RULEBOOK = sample_rulebook()
USE = UniversalSentenceEncoder()


class WordEncoder:
    """A small encoder: each word is a direction; texts that share words lie close. Counts what it is asked."""

    dimensions = 64

    def __init__(self, name: str = "words/1") -> None:
        self.name = name
        self.batches: list[tuple[str, ...]] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(tuple(texts))
        vectors = np.full((len(texts), self.dimensions), 1e-3, dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                place = int.from_bytes(hashlib.sha256(word.encode("utf-8", "replace")).digest()[:2], "big")
                vectors[row, place % self.dimensions] += 1.0
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    @property
    def asked(self) -> list[str]:
        return [text for batch in self.batches for text in batch]


class Broken(WordEncoder):
    def encode(self, texts: Sequence[str]) -> Vectors:
        raise MemoryError("no room for vectors")


def judge(encoder: WordEncoder, cache: Path | None = None) -> EmbeddedJudge:
    weights = (0.8,) + (0.4,) * (len(FEATURES) - 1)
    calibration = Calibration(encoder=encoder.name, weights=weights, intercept=-4.0)
    return EmbeddedJudge(encoder=encoder, calibration=calibration, cache=cache)


async def asked(judge: EmbeddedJudge, text: str, context: tuple[str, ...] = ()) -> Sequence[Verdict | Abstention]:
    return await judge.judge(Content(text=text, context=context), RULEBOOK.clauses, RULEBOOK)


async def test_it_is_a_judge() -> None:
    await check_judge(lambda: EmbeddedJudge(encoder=USE))


async def test_a_content_is_encoded_once_whatever_the_number_of_clauses() -> None:
    encoder = WordEncoder()
    embedded = judge(encoder)
    await asked(embedded, "first, so that the rulebook is compiled")
    encoder.batches.clear()
    await asked(embedded, "an ordinary text")
    assert encoder.batches == [("an ordinary text",)]


async def test_calls_that_arrive_together_are_encoded_together() -> None:
    encoder = WordEncoder()
    embedded = judge(encoder)
    await asked(embedded, "first, so that the rulebook is compiled")
    encoder.batches.clear()
    texts = [f"text number {number} of many" for number in range(60)]
    await asyncio.gather(*(asked(embedded, text) for text in texts))
    assert sorted(encoder.asked) == sorted(texts)
    assert len(encoder.batches) < 20


async def test_a_rulebook_is_encoded_once_and_kept_on_disk(tmp_path: Path) -> None:
    first, second = WordEncoder(), WordEncoder()
    before = await asked(judge(first, tmp_path), "hello there")
    after = await asked(judge(second, tmp_path), "hello there")
    assert second.asked == ["hello there"]
    assert before == after


async def test_another_encoder_does_not_read_the_cache(tmp_path: Path) -> None:
    await asked(judge(WordEncoder(), tmp_path), "hello there")
    other = WordEncoder("words/2")
    await asked(judge(other, tmp_path), "hello there")
    assert len(other.asked) > 1


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 torn", b"\x00" * 4096])
async def test_a_damaged_cache_is_made_again(tmp_path: Path, damage: bytes) -> None:
    before = await asked(judge(WordEncoder(), tmp_path), "hello there")
    (kept,) = tmp_path.glob("*.npz")
    kept.write_bytes(damage)
    assert await asked(judge(WordEncoder(), tmp_path), "hello there") == before
    assert kept.stat().st_size > len(damage)


async def test_a_cache_that_cannot_be_written_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    opinions = await asked(judge(WordEncoder(), tmp_path / "file" / "cache"), "hello there")
    assert all(isinstance(opinion, Verdict) for opinion in opinions)


async def test_an_encoder_that_fails_makes_abstentions_and_the_next_call_works() -> None:
    stage = Stage(judge=judge(Broken()), thresholds=Thresholds())
    decision = await Cascade(stages=(stage,)).decide(Content(text="hello there"), RULEBOOK)
    assert decision.action is Action.HOLD
    assert {opinion.reason for opinion in decision.opinions if isinstance(opinion, Abstention)} == {Reason.FAILED}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        (" \n\u3000", "empty"),
        ("with a \x00 inside", "no text"),
        ("lone \ud800 half", "no text"),
        ("fol\u200blow me for mo\u200bre", "invisible"),
        ("b u y  f o l l o w e r s", "letter by letter"),
        ("1234 5678 9012 3456 !!!", "not words"),
        ("👍🏽 👩‍👩‍👧‍👦 🎉🎉🎉", "not words"),
        ("مرحبا بالعالم كيف حالك اليوم", "script"),
        ("Привет, как дела сегодня вечером", "script"),
        ("a" * (MAX_CHARS + 1), "at most"),
        ("Bu hafta sonu hep birlikte göle gidip balık tutacağız, sen de gel", "like English"),
        ("uoy ees ot denetsil eW .yadot kool nedrag eht dluow woH", "like English"),
        ("kkiillll tthhee lliigghhttss wwhheenn yyoouu lleeaavvee", "like English"),
        (f"{'The garden was quiet. ' * 80}he\u200bllo there{' It was late.' * 80}", "invisible"),
        (f"{'今日はいい天気です。' * 4}안녕하세요 오늘은 날씨가 좋네요{'散歩しました。' * 4}", "script"),
    ],
)
async def test_it_abstains_where_it_cannot_say(text: str, why: str) -> None:
    for opinion in await asked(judge(WordEncoder()), text):
        assert isinstance(opinion, Abstention)
        assert opinion.reason is Reason.CANNOT_SAY
        assert why in opinion.detail


@pytest.mark.parametrize(
    "text", [*ORDINARY_TEXTS, "I am at 5, B. A. in a C shop", "ｶﾅ まじりの テキスト", "🎉 well done!"]
)
def test_it_reads_ordinary_text(text: str) -> None:
    assert unreadable(text) == ""


PIECES = st.text(st.sampled_from("ab. 。!\n字"), min_size=1, max_size=40)
LONG = st.builds(lambda piece, times: piece * times, PIECES, st.integers(1, 40))


@given(LONG | strategies.texts())
@example("字" * (3 * WINDOW_CHARS + 1))
@example("A sentence. " * 100)
def test_windows_leave_nothing_out(text: str) -> None:
    spans = windows(text)
    covered = set()
    for span in spans:
        assert span.end - span.start <= WINDOW_CHARS
        covered.update(range(span.start, span.end))
    assert covered == set(range(len(text)))


def test_windows_overlap_so_that_no_sentence_is_lost_at_an_edge() -> None:
    text = "A sentence of some length stands here. " * 40
    spans = windows(text)
    assert len(spans) > 5
    assert all(one.end - other.start == OVERLAP_CHARS for one, other in pairwise(spans))


async def test_the_evidence_is_the_window_that_carries_the_score() -> None:
    filler = "The garden was quiet and the rain had stopped by noon. " * 12
    planted = "Get 1,000 likes for five dollars"
    text = f"{filler}{planted}. {filler}"
    first, *_ = await asked(EmbeddedJudge(encoder=USE), text)
    assert isinstance(first, Verdict)
    (span,) = first.evidence
    place = text.index(planted)
    assert span.start <= place < span.end
    assert len(span.of(text)) <= WINDOW_CHARS


async def test_context_counts_but_evidence_stays_in_the_text() -> None:
    plain, *_ = await asked(EmbeddedJudge(encoder=USE), "Yes, how many do you want?")
    turned, *_ = await asked(
        EmbeddedJudge(encoder=USE), "Yes, how many do you want?", ("Do you sell likes and followers for dollars?",)
    )
    assert isinstance(plain, Verdict) and isinstance(turned, Verdict)
    assert turned.probability > plain.probability
    assert turned.evidence[0].end <= len("Yes, how many do you want?")


async def test_a_violation_is_likelier_than_an_ordinary_text() -> None:
    embedded = EmbeddedJudge(encoder=USE)
    selling, *_ = await asked(embedded, "Buy 5,000 followers and likes today, message me for prices!")
    soup, *_ = await asked(embedded, "Thank you, the soup was lovely and the bread still warm.")
    assert isinstance(selling, Verdict) and isinstance(soup, Verdict)
    assert selling.probability > 3 * soup.probability


async def test_at_the_default_thresholds_it_never_blocks_by_itself() -> None:
    stage = Stage(judge=EmbeddedJudge(encoder=USE))
    for text in ORDINARY_TEXTS:
        decision = await Cascade(stages=(stage,)).decide(Content(text=text), RULEBOOK)
        assert Ruling.VIOLATED not in decision.rulings.values()


def test_a_calibration_of_another_encoder_is_refused() -> None:
    with pytest.raises(JudgeError, match=r"words/1.*calibrate_embedded"):
        EmbeddedJudge(encoder=WordEncoder(), calibration=shipped_calibration())


def test_a_calibration_needs_all_its_weights() -> None:
    with pytest.raises(ValueError, match=r"5 weights; got 2"):
        Calibration(encoder="words/1", weights=(1.0, 2.0), intercept=0.0)
