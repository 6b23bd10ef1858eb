"""Entries of the ledger: each carries the hash of the one before it, so none can be changed unseen."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256

from komainu.domain import Appeal, Certificate, Content, Decision, Label, Lapse, Review, Step
from komainu.errors import StoreError
from komainu.store.bodies.appeal import write_appeal
from komainu.store.bodies.certificate import write_certificate, write_lapse
from komainu.store.bodies.decision import words_of, write_decision
from komainu.store.bodies.label import write_label
from komainu.store.bodies.review import write_review
from komainu.store.bodies.step import write_step
from komainu.store.bodies.text import Body, digest_of_text, pack_name, write_content, write_words
from komainu.store.canonical import canonical
from komainu.store.traces import Sealed

START = "0" * 64  # what the first entry names as the hash before it

# What values of the wrong shape make reading and writing raise: JSON that was tampered with, a None for a text.
MALFORMED = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry that has no place in the ledger yet."""

    kind: str  # decision, review, appeal, label, certificate, lapse, step or forgotten
    id: str  # packed
    body: Body
    text: str  # of the body, canonical JSON
    words: str = ""  # kept apart; the body has their hash
    content: str = ""  # kept apart; the body has its digest
    traces: Sealed | None = None  # kept apart for a time, and not named in the body
    after: int | None = None  # of a review: how many reviews and appeals it took into account, where that was said


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the ledger."""

    seq: int  # from 1
    kind: str
    id: str  # packed
    previous: str  # hash of the entry before
    recorded_at: str  # ISO 8601, UTC
    body: Body


def draft_decision(
    decision: Decision, content: Content, *, superseded: Decision | None = None, entry: int = 0, golden: bool = False
) -> Draft:
    """A decision and its content, ready to be recorded; `entry` is that of the decision which it supersedes."""
    if content.digest != decision.content:
        raise StoreError(
            f"decision {decision.id} is about content {decision.content}, "
            f"but came with content {content.digest}; record it with the content it is about"
        )
    with _recordable("decision", decision.id):
        body, words = write_decision(decision, superseded, entry), words_of(decision)
        if golden:  # said here alone: nothing that shows a decision can show it
            body["golden"] = True
        return _draft("decision", decision.id, body, words, write_content(content))


def draft_review(review: Review, *, decision: Decision, entry: int, appeal: int = 0) -> Draft:
    """A review of the decision in that entry; `appeal` is the entry of the appeal that is open."""
    with _recordable("review", review.id):
        words = [(0, review.note)] if review.note else []
        return _draft("review", review.id, write_review(review, decision=decision, entry=entry, appeal=appeal), words)


def draft_appeal(appeal: Appeal, *, decision: Decision, entry: int) -> Draft:
    """An appeal against the decision in that entry."""
    with _recordable("appeal", appeal.id):
        words = [(0, appeal.why)] if appeal.why else []
        return _draft("appeal", appeal.id, write_appeal(appeal, decision=decision, entry=entry), words)


def draft_label(label: Label) -> Draft:
    """A label."""
    with _recordable("label", label.id):
        return _draft("label", label.id, write_label(label))


def draft_certificate(certificate: Certificate) -> Draft:
    """A certificate, as it is when it is made."""
    with _recordable("certificate", certificate.id):
        return _draft("certificate", certificate.id, write_certificate(certificate))


def draft_lapse(lapse: Lapse, entry: int) -> Draft:
    """That the certificate in that entry counts no longer."""
    with _recordable("lapse", lapse.id):
        return _draft("lapse", lapse.id, write_lapse(lapse, entry))


def draft_step(step: Step) -> Draft:
    """A step."""
    with _recordable("step", step.id):
        return _draft("step", step.id, write_step(step))


def draft_forgotten(forgotten_id: str, digest: str) -> Draft:
    """That a content (packed digest), and all words about it, were deleted."""
    return _draft("forgotten", forgotten_id, {"content": digest})


@contextmanager
def _recordable(kind: str, entry_id: str) -> Iterator[None]:
    try:
        yield
    except MALFORMED as error:
        raise StoreError(f"{kind} {entry_id} cannot be put on record: {error}") from error


def _draft(kind: str, entry_id: str, body: Body, words: Sequence[tuple[int, str]] = (), content: str = "") -> Draft:
    if not entry_id:
        raise StoreError(f"a {kind} is recorded under its id; got an empty one")
    packed = pack_name(entry_id, f"the id of a {kind}")
    said = write_words(words) if words else ""
    if said:
        body["words"] = digest_of_text(said)
    return Draft(kind=kind, id=packed, body=body, text=canonical(body), words=said, content=content)


def seal(draft: Draft, *, seq: int, previous: str, recorded_at: str) -> tuple[str, str]:
    """The text of the entry, canonical JSON, and its hash."""
    text = (
        f'{{"body":{draft.text},"id":{canonical(draft.id)},"kind":"{draft.kind}","previous":"{previous}"'
        f',"recorded_at":"{recorded_at}","seq":{seq}}}'
    )
    return text, sha256(text.encode()).hexdigest()


def read_entry(text: str) -> Entry:
    """The entry of that text; one of MALFORMED where it is none."""
    return Entry(**json.loads(text))


def is_canonical(entry: Entry, text: str) -> bool:
    """Whether the text that the entry was read from is as Komainu would have written it."""
    return canonical({name: getattr(entry, name) for name in Entry.__slots__}) == text
