"""K2xx: what a policy says in words."""

import re
from collections.abc import Iterator

from komainu.policies.lint.finding import Hit, Level
from komainu.policies.lint.registry import register
from komainu.policies.lint.subject import Subject
from komainu.policies.lint.text import is_japanese

_ANSWERS = r"(?:yes|no|true|false|valid|invalid|safe|unsafe|allow|block|violating|[01])"
_OUTPUT = re.compile(
    rf"\b(?:answer|respond|reply|output|return)\s+(?:only\s+|just\s+)?(?:with\s+)?(?:either\s+)?{_ANSWERS}\s*(?:/|,|\bor\b)"
    rf"|\b(?:answer|respond|reply|output)\s+(?:only\s+)?(?:with|in|as)\s+(?:an?\s+|the\s+)?(?:\w+\s+)?(?:json|xml|digit)\b"
    r"|\b(?:return|output|print)\s+(?:only\s+)?(?:an?\s+)?(?:json|xml)\b"
    r"|\b(?:in)?valid\s*(?:/|or)\s*(?:in)?valid\b"
    r"|\bclassify\s+(?:the|this|each)\s+\w+\s+as\b"
    r"|\boutput format\b"
    r"|(?:JSON|XML)(?:形式)?で(?:出力|回答|返|答)"
    r"|[01０１](?:か|または|もしくは|/|／)[01０１]\s*(?:で|を|と)(?:出力|回答|返|答)"
    r"|(?:はい|違反|安全)(?:か|または|もしくは)(?:いいえ|違反|安全|許可)(?:で|を|と)(?:出力|回答|返|答)"
    r"|出力形式|(?:次|以下)の形式で(?:出力|回答|返|答)",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    r"\b(?:generally|usually|typically|often|normally|commonly|mostly|ordinarily|frequently|in most cases"
    r"|(?:as|where|when|if) appropriate)\b"
    r"|一般に|一般的に(?:は|、)|通常(?:は|、)|たいてい|大抵|基本的に|原則として|普通は|おおむね|概ね|場合によって|適宜|なるべく",
    re.IGNORECASE,
)
_UNKNOWABLE = re.compile(
    r"https?://[^\s)>\]]+|\bwww\.[^\s)>\]]+"
    r"|\b(?:current|latest|official|up-to-date|published) list of\b"
    r"|\bsee (?:our|the) (?:site|website|web ?page|help|wiki|guidelines)\b"
    r"|\b(?:as )?listed (?:on|at) (?:our|the) (?:site|website|page)\b"
    r"|\bapplicable laws?\b"
    r"|最新の(?:一覧|リスト)|(?:当社|公式)?サイトを参照|別紙|別表|ヘルプ(?:ページ)?を参照|関係法令|適用法令",
    re.IGNORECASE,
)
_COMMANDS = re.compile(
    r"<\|[a-z_]+\|>|\[/?INST\]|<</?SYS>>"
    r"|\b(?:ignore|disregard|forget) (?:all |any )?(?:the |your )?(?:previous|prior|above|earlier)"
    r" (?:instructions|rules)\b"
    r"|\byou are now\b|^\s*(?:system|assistant|user)\s*:"
    r"|(?:これまで|以前|上記)の(?:指示|命令|ルール)を(?:すべて|全て)?無視",
    re.IGNORECASE,
)


@register(
    "K201",
    Level.WARNING,
    "the policy says how to answer",
    "How to answer is fixed where the policy becomes a prompt; a second instruction contradicts it and breaks parsing.",
)
def output_format(subject: Subject) -> Iterator[Hit]:
    """An instruction on the form of the answer."""
    for place, words in subject.search(_OUTPUT, quoted=True):
        yield subject.hit(f"{words!r} says how to answer; leave the form of the answer out", place)


@register(
    "K202",
    Level.WARNING,
    "a word leaves the rule open",
    "A judge cannot know which cases 'usually' leaves out. Say when the rule holds, or name the exception.",
)
def vague_adverb(subject: Subject) -> Iterator[Hit]:
    """A word that says a rule holds, but not when."""
    for place, words in subject.search(_VAGUE):
        yield subject.hit(f"{words!r} leaves open when the rule holds", place)


@register(
    "K203",
    Level.NOTE,
    "the policy points to something a judge cannot look up",
    "Judges know the policy and the content, nothing else. Write down what is meant, in a definition or a list.",
)
def unknowable(subject: Subject) -> Iterator[Hit]:
    """A reference to pages, lists or laws."""
    for place, words in subject.search(_UNKNOWABLE):
        yield subject.hit(f"{words!r} cannot be looked up by a judge", place)


@register(
    "K204",
    Level.WARNING,
    "the policy's own words read like a command to a model",
    "The text becomes part of a prompt; control marks and such commands in it may be obeyed. Quote or describe them.",
)
def command(subject: Subject) -> Iterator[Hit]:
    """A control mark or a stock phrase of prompt injection outside quotes."""
    for place, words in subject.search(_COMMANDS):
        yield subject.hit(f"{words.strip()!r} reads like a command to a model", place)


@register(
    "K205",
    Level.NOTE,
    "the examples are in another script than the policy",
    "Judges are measured on the examples and cases; add some in the language that the policy is written in.",
)
def other_script(subject: Subject) -> Iterator[Hit]:
    """A policy in one language with examples and cases in another."""
    policy = subject.policy
    texts = [example for clause in subject.clauses for example in clause.examples]
    texts += [*policy.fine, *(case.text for case in subject.cases)]
    if policy.language not in {"en", "ja"} or not texts:
        return
    japanese = sum(map(is_japanese, texts))
    if 2 * (japanese if policy.language == "en" else len(texts) - japanese) > len(texts):
        yield subject.hit(f"the policy is in {policy.language!r}, most of its examples and cases are not")


@register(
    "K206",
    Level.NOTE,
    "the policy is not in the language it names",
    "The language decides which prompts and models are used; correct it.",
)
def other_language(subject: Subject) -> Iterator[Hit]:
    """A policy in another script than that of its language."""
    policy = subject.policy
    words = " ".join((policy.purpose, *(clause.text for clause in subject.clauses)))
    if policy.language in {"en", "ja"} and words.strip() and is_japanese(words) != (policy.language == "ja"):
        place = subject.draft.yaml.place(("language",))
        yield subject.hit(f"the language is {policy.language!r}, but the text does not look like it", place)
