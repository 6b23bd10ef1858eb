"""A rough search for exact rules: without the disguises that the rules judge sees through."""

import hashlib
import re

import re2

from komainu.domain import ExactRules
from komainu.policies.exact import pattern_options


def matches(rules: ExactRules, text: str) -> str:
    """The first rule that a text matches, as written; empty where there is none."""
    folded = text.casefold()
    for phrase in (*rules.phrases, *rules.words):
        if phrase.casefold() in folded and _bounded(phrase.casefold()).search(folded):
            return phrase
    for pattern in rules.patterns:
        if re2.search(pattern, text, pattern_options()):
            return pattern
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return digest if digest in rules.hashes else ""


def _bounded(phrase: str) -> re.Pattern[str]:
    """The phrase as whole words, where it starts and ends with a letter or digit of the Latin kind."""
    before = r"(?<![a-z0-9])" if phrase[0].isascii() and phrase[0].isalnum() else ""
    behind = r"(?![a-z0-9])" if phrase[-1].isascii() and phrase[-1].isalnum() else ""
    return re.compile(before + re.escape(phrase) + behind)
