from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from komainu.domain import Content
from komainu.learning.clusters import clusters
from komainu.learning.parts import Part, part_of, parts
from tests.domain.words import texts

LONG = "The harbour market opens at nine and sells fish, bread and old books until the rain begins to fall"


def test_what_nearly_repeats_belongs_together_and_the_rest_does_not() -> None:
    found = clusters(
        [
            LONG,
            "Something else entirely, about trains and the mountains behind the city",
            LONG.upper(),
            LONG.replace("nine", "ten"),
            LONG.replace("nine", "９"),
            "狛犬は神社の入口で参拝者を迎える一対の像であり、古くから親しまれている",
            "狛犬は神社の入口で参拝者を迎える一対の像であり、昔から親しまれている",
        ]
    )
    assert found == [0, 1, 0, 0, 0, 5, 5]


def test_numbers_alone_make_no_difference() -> None:
    assert clusters(["Buy 10 followers for 99 coins today", "Buy 2500 followers for 3 coins today"]) == [0, 0]


@given(st.lists(texts(30), max_size=12))
def test_every_text_has_a_leader_that_leads_itself(given_texts: list[str]) -> None:
    found = clusters(given_texts)
    assert len(found) == len(given_texts)
    assert all(leader <= place and found[leader] == leader for place, leader in enumerate(found))
    for place, text in enumerate(given_texts):
        assert found[place] == found[given_texts.index(text)], "the same text is in the same cluster"


def test_links_join_what_they_link() -> None:
    words = [f"word{number}" for number in range(40)]
    chain = [" ".join(words[start : start + 30]) for start in range(0, 11, 2)]
    assert set(clusters(chain)) == {0}


def contents(*given_texts: str) -> list[Content]:
    return [Content(text=text) for text in given_texts]


def test_near_repeats_share_the_part_of_the_first_and_keep_it_when_others_come() -> None:
    one, other = contents(LONG, LONG.replace("nine", "eight"))
    assert parts([one, other])[other.digest] is part_of(one.digest) is parts([one])[one.digest]
    more = [Content(text=f"Number {number} is about {name}") for number, name in enumerate(("sea", "sky", "salt"))]
    before = parts([one, *more])
    after = parts([one, *more, other])
    assert all(after[digest] is part for digest, part in before.items())


def test_what_nearly_repeats_something_learnt_is_learnt() -> None:
    for number in range(40):
        text = f"{LONG} on day {'abcdefgh'[number % 8] * 9}{number}"
        (content,) = contents(text)
        assert parts([content], learnt=contents(f"{text}!"))[content.digest] is Part.FIT


def test_half_is_learnt_from_three_tenths_certify_and_a_fifth_compares() -> None:
    found = Counter(part_of(Content(text=str(number)).digest) for number in range(4_000))
    assert abs(found[Part.FIT] / 4_000 - 0.5) < 0.03
    assert abs(found[Part.CERTIFY] / 4_000 - 0.3) < 0.03
    assert abs(found[Part.COMPARE] / 4_000 - 0.2) < 0.03
