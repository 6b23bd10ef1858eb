"""What policies contradict each other in."""

from dataclasses import replace

from komainu.cascade import Cascade, Stage
from komainu.domain import Action, AllowedClause, Clause, Content, ExactRules, Policy, Reason, Role
from komainu.evals.conflicts import Conflicts, Sort, Written, find_conflicts
from komainu.judges.scripted import ScriptedJudge
from komainu.policies import load, policy_files, starter_path

NONE = ExactRules()
QUOTE = "He wrote me: buy followers, beware"


def policy(name: str, text: str = "Sells a thing.", **changed: object) -> Policy:
    clause = Clause(policy=name, id="C1", title="Trade", text=text, severity=2, action=Action.HOLD)
    made = Policy(id=name, title=name, version="1.0.0", language="en", clauses=(clause,))
    return replace(made, **changed)  # type: ignore[arg-type]


def allowing(name: str, *examples: str, text: str = "Warns of an offer.", **changed: object) -> Policy:
    exception = AllowedClause(policy=name, id="A1", title="Warnings", text=text, examples=examples)
    return policy(name, "Insults somebody at length.", allowed=(exception,), **changed)


def forbidding(name: str, rules: ExactRules = NONE, *examples: str, **changed: object) -> Policy:
    clause = replace(policy(name).clauses[0], rules=rules, examples=examples)
    return policy(name, clauses=(clause,), **changed)


async def conflicts(*policies: Policy, cascade: Cascade | None = None) -> Conflicts:
    return await find_conflicts([Written(policy=one, place=f"{one.id}.md") for one in policies], cascade)


def told(found: Conflicts) -> list[tuple[Sort, bool, str, str]]:
    return [(one.sort, one.is_certain, one.first, one.second) for one in found.conflicts]


async def test_an_exact_rule_that_matches_what_another_policy_allows() -> None:
    forbids = forbidding("shop", ExactRules(phrases=("buy followers",)))
    found = await conflicts(allowing("house", QUOTE), forbids)
    assert told(found) == [(Sort.RULE, True, "house/A1", "shop/C1")]
    assert 'matches the phrase "buy followers"' in found.conflicts[0].what
    excuse = AllowedClause(
        policy="shop", id="A1", title="Quotes", text="A quote.", rules=ExactRules(phrases=("wrote me: buy followers",))
    )
    assert told(await conflicts(allowing("house", QUOTE), replace(forbids, allowed=(excuse,)))) == []
    assert told(await conflicts(replace(forbids, fine=(QUOTE,)))) == []  # its own contradiction is lint's affair


async def test_one_text_as_an_example_on_both_sides() -> None:
    found = await conflicts(allowing("house", "Buy  FOLLOWERS"), forbidding("shop", NONE, "buy followers"))
    assert told(found) == [(Sort.EXAMPLE, True, "house/A1", "shop/C1")]
    fine = policy("club", "Shouts a lot at night.", fine=("buy followers",))
    found = await conflicts(fine, forbidding("shop", NONE, "buy followers"))
    assert told(found) == [(Sort.EXAMPLE, True, "club/none", "shop/C1")]


async def test_policies_for_other_kinds_of_content_do_not_meet() -> None:
    forbids = forbidding("shop", ExactRules(phrases=("buy followers",)), applies_to=(Role.PROMPT,))
    assert told(await conflicts(allowing("house", QUOTE, applies_to=(Role.POST,)), forbids)) == []
    assert len(told(await conflicts(allowing("house", QUOTE), forbids))) == 1


async def test_one_clause_with_two_consequences() -> None:
    one, other = policy("shop"), policy("club", "Sells  a thing.")
    assert told(await conflicts(one, other)) == []
    severe = replace(other, clauses=(replace(other.clauses[0], severity=4, action=Action.BLOCK),))
    (found,) = (await conflicts(one, severe)).conflicts
    assert (found.sort, found.is_certain) == (Sort.CLAUSE, True)
    assert found.what == "shop/C1 and club/C1 say the same, with severity 2 and 4 and action hold and block"
    text = "Sells followers, likes, votes, views or subscriptions to other members of this forum for money"
    long = [policy("a", f"{text}."), policy("b", f"{text} today.")]
    milder = replace(long[1], clauses=(replace(long[1].clauses[0], severity=1),))
    assert [one[:2] for one in told(await conflicts(long[0], milder))] == [(Sort.CLAUSE, False)]


async def test_an_exception_worded_like_a_clause() -> None:
    allows = allowing("house", text="Sells a thing of one's own.")
    found = await conflicts(allows, policy("shop", "Sells a thing of one's own"))
    assert told(found) == [(Sort.WORDS, False, "house/A1", "shop/C1")]


async def test_ids_and_precedence() -> None:
    found = await conflicts(policy("shop"), policy("shop", "Something else."))
    assert told(found) == [(Sort.SAME_ID, True, "shop", "shop")]
    assert "shop.md and shop.md have one id" in found.conflicts[0].what
    a, b = policy("a", dominates=("b",)), policy("b", "Shouts at others.", dominates=("a",))
    assert told(await conflicts(a, b)) == [(Sort.CIRCLE, True, "a", "b")]
    three = [policy(x, f"Text {x}.", dominates=(y,)) for x, y in (("a", "b"), ("b", "c"), ("c", "a"))]
    assert "circle" in (await conflicts(*three)).conflicts[0].what


async def test_judges_find_what_is_likely_and_a_failure_is_told() -> None:
    def sure(content: Content) -> float | Reason:
        return 0.99 if content.text == QUOTE else 0.01

    cascade = Cascade(stages=(Stage(judge=ScriptedJudge({"shop/C1": sure, "house/C1": 0.99})),))
    policies = (allowing("house", QUOTE, "Hello"), policy("shop"))
    found = await conflicts(*policies, cascade=cascade)
    assert told(found) == [(Sort.JUDGED, False, "house/A1", "shop/C1")]
    assert (found.judged, found.not_judged, found.conflicts[0].text) == (2, 0, QUOTE)
    silent = Cascade(stages=(Stage(judge=ScriptedJudge(default=Reason.TIMED_OUT)),))
    assert (await conflicts(*policies, cascade=silent)).not_judged == 2


async def test_what_is_certain_is_not_told_again_as_likely() -> None:
    cascade = Cascade(stages=(Stage(judge=ScriptedJudge({"shop/C1": 0.99})),))
    both = (allowing("house", QUOTE), forbidding("shop", ExactRules(phrases=("buy followers",))))
    assert [one.is_certain for one in (await conflicts(*both, cascade=cascade)).conflicts] == [True]


async def test_the_starter_policies_do_not_contradict_each_other() -> None:
    given = [Written(policy=load(file), place=str(file)) for file in policy_files(starter_path())]
    assert (await find_conflicts(given)).conflicts == ()
