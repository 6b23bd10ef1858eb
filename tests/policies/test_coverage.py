"""Which clauses the cases try near the line."""

import pytest

from komainu.domain import Policy, Role
from komainu.policies import Case, parse
from komainu.policies.coverage import Basis, Coverage, coverage, names
from komainu.policies.stems import nearest, stems

POLICY = """---
id: board
title: Board
version: 1.0.0
language: en
---

## Violates
### BD1 Adverts {severity=2}
Promotes a product in a comment.
### BD2 Threats {severity=3}
Threatens a reader with harm.

## Allowed
### BD-A1 Answers {limits=BD1}
A product named in answer to a question.
### BD-A2 Fiction {limits=BD1,BD2}
Lines of a story or a song.

## Examples
- **BD1**: Lovely poem. Buy my beeswax candles today!
- **BD2**: Wait until I find you
- **none**: The soup was cold.
"""


def read() -> Policy:
    return parse(POLICY, path="policy.md")


def case(case_id: str, text: str, *violates: str, why: str = "", tags: tuple[str, ...] = ()) -> Case:
    return Case(id=case_id, text=text, role=Role.POST, violates=violates, why=why, tags=tags)


def found(*cases: Case) -> Coverage:
    return coverage(read(), cases)


def near(found: Coverage, place: int) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    clause = found.clauses[place]
    inside, outside = ([(one.case, one.basis.value) for one in side] for side in (clause.inside, clause.outside))
    return inside, outside


def test_without_cases_everything_is_missing() -> None:
    assert found().gaps == (
        "no case violates BD1",
        "no boundary case stays clear of BD1",
        "no case violates BD2",
        "no boundary case stays clear of BD2",
        "no case is allowed by BD-A1",
        "no case is allowed by BD-A2",
    )


def test_a_pair_covers_both_sides() -> None:
    got = found(
        case("a", "My shop has lamps", "BD1", tags=("pair:1",)), case("b", "Which shop has lamps?", tags=("pair:1",))
    )
    assert near(got, 0) == ([("a", "pair")], [("b", "pair")])
    assert got.clauses[0].gaps == ()
    assert near(got, 1) == ([], [])


def test_two_violating_cases_are_no_pair() -> None:
    got = found(case("a", "x", "BD1", tags=("pair:1",)), case("b", "y", "BD1", tags=("pair:1",)))
    assert near(got, 0) == ([], [])
    assert got.clauses[0].gaps == ("no boundary case violates BD1", "no boundary case stays clear of BD1")


def test_a_pair_of_two_clauses_is_a_boundary_of_each() -> None:
    got = found(case("a", "x", "BD1", tags=("pair:1",)), case("b", "y", "BD2", tags=("pair:1",)))
    assert near(got, 0) == ([("a", "pair")], [("b", "pair")])
    assert near(got, 1) == ([("b", "pair")], [("a", "pair")])


def test_a_boundary_tag_counts_on_the_violating_side() -> None:
    assert near(found(case("a", "x", "BD1", tags=("boundary",))), 0) == ([("a", "tag")], [])


def test_the_reason_names_the_clause_or_an_exception_to_it_alone() -> None:
    got = found(
        case("a", "x", why="No product, so not BD1."),
        case("b", "y", why="An answer (BD-A1)."),
        case("c", "z", why="A story (BD-A2)."),  # an exception to two clauses says of neither
    )
    assert near(got, 0)[1] == [("a", "named"), ("b", "named")]
    assert near(got, 1)[1] == []
    assert [(one.clause, [near.case for near in one.cases]) for one in got.exceptions] == [
        ("BD-A1", ["b"]),
        ("BD-A2", ["c"]),
    ]


def test_shared_words_are_a_guess_and_marked_as_one() -> None:
    got = found(
        case("a", "Lovely poem. Where can I buy beeswax candles today?"),
        case("b", "Buy lamps at our place", "BD1"),
        case("c", "I will find you, wait, the wolf sang", why="A line of a song.", tags=("exception",)),
    )
    assert near(got, 0)[1] == [("a", "words")]
    assert near(got, 1)[1] == [("c", "words")]
    assert got.exceptions[1].cases[0].basis is Basis.WORDS
    assert got.exceptions[0].gaps == ("no case is allowed by BD-A1",)


def test_a_case_that_violates_what_the_exception_limits_is_not_decided_by_it() -> None:
    got = found(case("a", "x", "BD1", why="Not BD-A1: nobody asked.", tags=("boundary",)))
    assert got.exceptions[0].cases == ()


def test_a_plain_case_is_near_nothing() -> None:
    got = found(case("a", "The soup was hot", tags=("benign",)), case("b", "You fool", tags=("offtopic",)))
    assert [near(got, place)[1] for place in (0, 1)] == [[], []]


@pytest.mark.parametrize(
    ("text", "clause", "named"),
    [
        ("(SP1)", "SP1", True),
        ("SP12", "SP1", False),
        ("SP-A1", "SP1", False),
        ("SP-A1.", "SP-A1", True),
        ("SP-A12", "SP-A1", False),
        ("SP1ではない", "SP1", True),
        ("XSP1", "SP1", False),
    ],
)
def test_ids_are_named_whole(text: str, clause: str, named: bool) -> None:
    assert names(text, clause) is named


def test_stems_join_forms_of_a_word_and_leave_out_what_says_little() -> None:
    assert stems("Threatens the reader") == stems("threatened all readers") == {"threa", "reade"}
    assert stems("stories, lives, pass") == stems("story, live, pass") == {"stori", "live", "pass"}
    assert stems("個人情報を載せる") == {"個人", "人情", "情報", "載"}
    assert stems("with their") == frozenset()


def test_the_nearest_text_shares_the_rarest_words() -> None:
    others = {"a": "sells candles and soap", "b": "sells lamps and soap", "c": "threatens people"}
    assert nearest("new lamps to sell", others) == "b"
    assert nearest("nothing alike", others) == ""
    assert nearest("x", {}) == ""
