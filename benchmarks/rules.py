"""What exact rules cost: per text with the starter policies, with long lists beside a bare automaton, and per megabyte.

    python benchmarks/rules.py

Times are processor time, the best of five rounds, so that a busy machine spoils them less.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence

from ahocorasick_rs import AhoCorasick

from komainu.domain import Action, Clause, Content, ExactRules, Policy, Rulebook
from komainu.judges.rules import RulesJudge
from komainu.judges.rules.compiled import compile_rules
from komainu.judges.rules.search import search
from komainu.policies import load_rulebook, starter_path

ROUNDS = 5
SEED = 20261125
SIZES = (100_000, 1_000_000)  # characters
SYLLABLES = ("ka", "to", "mi", "re", "so", "lu", "ne", "pa", "di", "vo", "sha", "ber", "ton", "gri", "el", "am", "us")
TEXTS = {
    "English": "I went to the market this morning and bought some bread and apples for the dinner we planned, so good.",
    "English, numbers": "I went to the market at 10am this morning and bought some well-known bread (b2b), so goood",
    "English, disguised": "I went to the market and there was someone selling fr33 c r y p t o, w0uld you believe it",
    "Japanese": "今日は駅前の店でりんごとパンを買いました。天気がよくて気持ちのいい一日だったので、帰りに公園を散歩し"
    "てから家に帰って夕食を作りました。とても楽しかったです、また行きたいと思います。",
    "Russian": "Сегодня утром я пошёл на рынок и купил хлеб и яблоки для семейного ужина, потом погулял в парке у дома",
}


def main() -> None:
    print_starter()
    for count in (1_000, 100_000):
        print_list(count)
    print_megabyte()


def print_starter() -> None:
    rulebook = load_rulebook([starter_path()])
    print(f"starter policies: {len(rulebook.policies)} with {len(rulebook.clauses)} clauses; milliseconds per text")
    for name, text in TEXTS.items():
        print(f"  {name:20} {len(text):4} characters {asyncio.run(per_text(rulebook, text)) * 1e3:8.3f}")


async def per_text(rulebook: Rulebook, text: str) -> float:
    judge, content, times = RulesJudge(), Content(text=text), 500
    await judge.judge(content, rulebook.clauses, rulebook)
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(times):
            await judge.judge(content, rulebook.clauses, rulebook)
        best = min(best, (time.process_time() - began) / times)
    return best


def print_list(count: int) -> None:
    draw = random.Random(SEED)
    phrases = tuple(dict.fromkeys(f"{word(draw)} {word(draw)}" for _ in range(count)))
    began = time.process_time()
    compiled = compile_rules(book(phrases))
    built = time.process_time() - began
    bare = AhoCorasick(list(phrases))
    texts = [" ".join(word(draw) for _ in range(20)) for _ in range(500)]
    ours = best_of(lambda: [search(text, compiled) for text in texts])
    theirs = best_of(lambda: [bare.find_matches_as_indexes(text, overlapping=True) for text in texts])
    print(f"{len(phrases):,} phrases: ready in {built:.2f} s; texts of {len(texts[0])} characters:")
    print(f"  {len(texts) / ours:,.0f} texts/s, a bare automaton {len(texts) / theirs:,.0f}: 1 to {ours / theirs:.1f}")


def print_megabyte() -> None:
    compiled = compile_rules(book(("free crypto", "buy followers", "ばかやろう", "無料プレゼント")))
    for name, text in TEXTS.items():
        times = [best_of(lambda text=text, size=size: search(repeated(text, size), compiled)) for size in SIZES]
        print(f"  {name:20} 100 KB {times[0]:.3f} s, 1 MB {times[1]:.3f} s: 1 to {times[1] / times[0]:.1f}")


def repeated(text: str, size: int) -> str:
    return (text * (size // len(text) + 1))[:size]


def best_of(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def word(draw: random.Random) -> str:
    return "".join(draw.choice(SYLLABLES) for _ in range(draw.randint(2, 4)))


def book(phrases: Sequence[str]) -> Rulebook:
    rules = ExactRules(phrases=tuple(phrases))
    clause = Clause(
        policy="list", id="LI1", title="A list", text="A list.", severity=1, action=Action.HOLD, rules=rules
    )
    return Rulebook(policies=(Policy(id="list", title="List", version="1.0.0", language="en", clauses=(clause,)),))


if __name__ == "__main__":
    main()
