from hypothesis import given, settings
from hypothesis import strategies as st

from komainu.policies import parse, render_markdown
from tests.strategies import lines, policies


@given(policies())
@settings(deadline=None)
def test_a_rendered_policy_parses_to_an_equal_one(policy):
    text = render_markdown(policy)
    again = parse(text, path="policy.md")
    assert again == policy
    assert again.digest == policy.digest
    assert render_markdown(again) == text
