"""The rules of review: which queue an item is in, who may work there, and where one person's word is not enough."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from komainu.domain import Content, Decision, Rulebook
from komainu.errors import UsageError
from komainu.reviews.votes import Count

DEFAULT_QUEUE = "default"  # of what no other queue takes
SEVEREST = 4  # what a clause counts as that is not in the policies found

_HANGUL = (("\u1100", "\u11ff"), ("\uac00", "\ud7af"))
_KANA = (("\u3041", "\u30ff"),)
_HAN = (("\u4e00", "\u9fff"),)
_ASIAN = ("ja", "ko", "zh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Which items are kept together, and who works on them. What is not said takes everything, and everybody."""

    name: str
    policies: tuple[str, ...] = ()  # ids; takes an item that waits for a ruling on one of them
    severity_from: int = 1  # of the severest clause that waits, 1 to 4
    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()  # all of which a reviewer here must have
    reviewers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """What a person can rule on, and how much of it in a day."""

    name: str
    languages: tuple[str, ...] = ()  # empty: all
    skills: tuple[str, ...] = ()
    limits: tuple[tuple[int, int], ...] = ()  # (severity, items of that severity or more in 24 hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a queue goes by: of the clauses that wait, the policies and the severest; the language of the content."""

    policies: tuple[str, ...]  # ids
    severity: int  # 1 to 4
    language: str  # en, ja, ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All that is configured about reviews."""

    queues: tuple[Queue, ...] = ()
    reviewers: tuple[Reviewer, ...] = ()  # empty: whoever has a name
    lease_seconds: float = 900.0
    second_opinion_from: int | None = None  # severity from which two people must agree
    golden_share: float = 0.0  # 0 to 1, of what is handed out

    @property
    def by_language(self) -> bool:
        """Whether anything depends on the language of a content."""
        named = [*(queue.languages for queue in self.queues), *(reviewer.languages for reviewer in self.reviewers)]
        return any(named)

    def queue_of(self, item: Item) -> str:
        """The first queue that takes the item, in the order configured."""
        return next((queue.name for queue in self.queues if _takes(queue, item)), DEFAULT_QUEUE)

    def reviewer(self, name: str) -> Reviewer:
        """The reviewer of that name; UsageError for strangers where reviewers are configured, and for no name."""
        if not name.strip():
            raise UsageError("expected the name of the reviewer; got none")
        if not self.reviewers:
            return Reviewer(name=name)
        for reviewer in self.reviewers:
            if reviewer.name == name:
                return reviewer
        known = ", ".join(reviewer.name for reviewer in self.reviewers)
        raise UsageError(f"expected one of the reviewers of the configuration ({known}); got {name!r}")

    def expect_queue(self, name: str) -> None:
        """UsageError where there is no queue of that name."""
        names = [*(queue.name for queue in self.queues), DEFAULT_QUEUE]
        if name not in names:
            raise UsageError(f"expected a queue ({', '.join(names)}); got {name!r}")

    def why_not(self, reviewer: Reviewer, queue_name: str, item: Item) -> str:
        """Why this person does not work on such an item in that queue; empty where they do."""
        queue = next((queue for queue in self.queues if queue.name == queue_name), Queue(name=DEFAULT_QUEUE))
        if queue.reviewers and reviewer.name not in queue.reviewers:
            return f"queue {queue.name} is for {', '.join(queue.reviewers)}"
        if missing := [skill for skill in queue.skills if skill not in reviewer.skills]:
            return f"queue {queue.name} asks for the skill {', '.join(missing)}"
        if reviewer.languages and item.language not in reviewer.languages:
            return f"the item is in {item.language}, and {reviewer.name} reads {', '.join(reviewer.languages)}"
        return ""

    def workers(self, queue_name: str) -> tuple[str, ...] | None:
        """Who may work in that queue; None where that is anybody."""
        queue = next((queue for queue in self.queues if queue.name == queue_name), Queue(name=DEFAULT_QUEUE))
        if not self.reviewers:
            return queue.reviewers or None
        return tuple(
            reviewer.name
            for reviewer in self.reviewers
            if (not queue.reviewers or reviewer.name in queue.reviewers) and set(queue.skills) <= set(reviewer.skills)
        )

    def second_for(self, keys: Collection[str], rulebook: Rulebook | None) -> tuple[str, ...]:
        """Of these clauses, those on which two people must agree."""
        if self.second_opinion_from is None:
            return ()
        return tuple(key for key in keys if severity_of(key, rulebook) >= self.second_opinion_from)


def item_of(decision: Decision, count: Count, content: Content | None, rulebook: Rulebook | None) -> Item:
    """What a queue goes by; of a decision that waits for nobody, by all its clauses that are not clear."""
    keys = count.waiting or decision.holding or decision.violated_clauses or tuple(decision.rulings)
    policies = tuple(dict.fromkeys(key.partition("/")[0] for key in keys))
    languages = _languages(rulebook)
    return Item(
        policies=policies,
        severity=severest(keys, rulebook),
        language=language_of(content, [languages[policy] for policy in policies if policy in languages]),
    )


def severest(keys: Collection[str], rulebook: Rulebook | None) -> int:
    """The severity of the severest of these clauses, 1 to 4."""
    return max(severity_of(key, rulebook) for key in keys)


def severity_of(key: str, rulebook: Rulebook | None) -> int:
    """The severity of a clause, 1 to 4; of one that is not in the rulebook the highest, since it is not known."""
    try:
        return rulebook.clause(key).severity if rulebook is not None else SEVEREST
    except KeyError:
        return SEVEREST


def language_of(content: Content | None, policies: Collection[str] = ()) -> str:
    """A guess at the language: by script for Japanese, Korean and Chinese, else the language of the policies, or en.

    `policies` are the languages of the policies that it is to be judged by.
    """
    text = content.text if content is not None else ""
    if _has(text, _KANA):
        return "ja"
    if _has(text, _HANGUL):
        return "ko"
    if _has(text, _HAN):
        return "ja" if "ja" in policies else "zh"
    return next((language for language in policies if language not in _ASIAN), "en")


def _has(text: str, ranges: Collection[tuple[str, str]]) -> bool:
    return any(first <= character <= last for character in text for first, last in ranges)


def _languages(rulebook: Rulebook | None) -> Mapping[str, str]:
    return {policy.id: policy.language for policy in rulebook} if rulebook is not None else {}


def _takes(queue: Queue, item: Item) -> bool:
    return (
        item.severity >= queue.severity_from
        and (not queue.policies or not set(queue.policies).isdisjoint(item.policies))
        and (not queue.languages or item.language in queue.languages)
    )
