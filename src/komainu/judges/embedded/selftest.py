"""Weights serve only when they tell the known good from the known bad: a broken load must not judge."""

from functools import cache
from pathlib import Path

import numpy as np

from komainu.domain import Content
from komainu.errors import JudgeError
from komainu.judges.embedded.meanings import meanings
from komainu.judges.embedded.parts import read_parts
from komainu.judges.embedded.weights import SHIPPED, Weights, weights_in

_RULES = {
    "en": (
        "No insults: do not call another person stupid, ugly or worthless.",
        "No advertising: do not offer goods or services for sale.",
        "No personal data: do not post anybody's telephone number or address.",
    ),
    "ja": (
        "他の人を馬鹿にしたり侮辱したりする投稿は禁止です。",
        "商品やサービスの宣伝・販売は禁止です。",
        "他人の電話番号や住所などの個人情報を書き込まないでください。",
    ),
}
_BAD = {
    "en": (
        "You are a stupid, worthless idiot and everybody hates you.",
        "Cheap handbags for sale, 30% off this week only, order from our shop today!",
        "Her phone number is 555 0142 and she lives at 12 Station Road.",
    ),
    "ja": (
        "お前は本当に馬鹿で、生きている価値のない奴だ。",
        "限定セール開催中！人気バッグが今だけ半額、ご注文はこちらのショップから。",
        "彼女の電話番号は090-0000-0000で、住所は中央町1-2-3です。",
    ),
}
_GOOD = {
    "en": "The sun came out after lunch and we walked along the river.",
    "ja": "お昼過ぎに晴れてきたので、川沿いを散歩しました。",
}


@cache
def proven(folder: Path = SHIPPED) -> Weights:
    """The weights in a folder, once per process; JudgeError where they cannot be read or do not judge."""
    weights = weights_in(folder)
    prove(weights)
    return weights


def prove(weights: Weights) -> None:
    """JudgeError unless each known violation is likelier, and likeliest under its own clause, than known good text."""
    for language, rules in _RULES.items():
        read = read_parts([[weights.part(f"rule: {rule}")] for rule in rules], [len(rules)], weights)
        texts = [Content(text=text) for text in (*_BAD[language], _GOOD[language])]
        logits = np.stack([logits for logits, _ in meanings(texts, read, weights)], axis=1)
        bad, good = logits[:, :-1], logits[:, -1:]
        own = np.diag(bad)
        if not np.isfinite(logits).all() or (own[:, None] <= good).any() or (own < bad.max(axis=0)).any():
            raise JudgeError(
                f"the embedded judge {weights.name} does not tell known violations from known good text ({language}): "
                "its weights were loaded wrongly or are not its own, so it does not serve; install Komainu again"
            )
