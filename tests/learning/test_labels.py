import json
from pathlib import Path
from typing import Any

import pytest

from komainu.domain import Content, Role
from komainu.errors import InputError
from komainu.judges.checks import sample_rulebook
from komainu.learning.labels import LabelFile, read_labels

POLICIES = sample_rulebook().policies
KEY, OTHER = POLICIES[0].clauses[0].key, POLICIES[0].clauses[1].key


def line(text: str, violates: Any = True, **more: Any) -> dict[str, Any]:
    return {"text": text, "clause": KEY, "violates": violates, "source": "team", **more}


def written(path: Path, *lines: Any) -> Path:
    path.write_text("".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in lines), "utf-8")
    return path


def read(tmp_path: Path, *lines: Any) -> LabelFile:
    return read_labels(written(tmp_path / "labels.jsonl", *lines), POLICIES)


def test_labels_come_by_clause_and_their_contents_are_found_again(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        line("one"),
        "",
        line("zwei \u72db\u72ac", False, role="comment", context=["before"]),
        line("one", False, clause=OTHER),
        line("one"),
        line("old", policy=f"{POLICIES[0].id}@0.0.1"),
        line("now", policy=POLICIES[0].name),
    )
    mine = found.clauses[KEY]
    assert mine.violates.tolist() == [True, False, True]
    assert list(found.contents(mine.places.tolist())) == [
        Content(text="one"),
        Content(text="zwei 狛犬", role=Role.COMMENT, context=("before",)),
        Content(text="now"),
    ]
    assert found.clauses[OTHER].violates.tolist() == [False]
    assert (found.repeated, found.outdated) == (1, 1)
    assert all(len(found.clauses[clause.key]) == 0 for clause in POLICIES[1].clauses)


def test_the_digest_names_the_labels_whatever_their_order(tmp_path: Path) -> None:
    one, two = line("one"), line("two", False)
    first = read(tmp_path, one, two).clauses[KEY].digest
    assert first == read(tmp_path, two, one, two).clauses[KEY].digest
    assert first != read(tmp_path, one, line("two", True)).clauses[KEY].digest
    assert first != read(tmp_path, one).clauses[KEY].digest


def test_contradictions_are_named_with_both_lines(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"line 4: contradicts line 1: .* violates {KEY}"):
        read(tmp_path, line("same"), line("other"), line("same", clause=OTHER), line("same", False))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("{", "the line: Invalid JSON"),
        ("[]", "the line"),
        (line("a", "yes"), "violates: Input should be a valid boolean"),
        (line("a", 1), "violates"),
        (line("a", source=""), "source"),
        (line("a", role="king"), "role"),
        (line("a", labels=1), "labels: Extra inputs"),
        (line("a", clause=f"{KEY}9"), f"expected a clause of the policies named; got '{KEY}9' (did you mean {KEY}?)"),
        (line("a", clause="nothing"), "expected a clause of the policies named; got 'nothing' (known: "),
        ("\udcff".encode("utf-8", "surrogateescape").decode("latin-1"), "the line"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_and_nothing_is_taken(tmp_path: Path, wrong: Any, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, line("fine"), wrong)
    assert f"labels.jsonl, line 2: {said}" in str(caught.value)


def test_of_many_problems_the_first_are_shown(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"and 995 more$"):
        read(tmp_path, *["{"] * 1_000)


def test_no_labels_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there are none$"):
        read(tmp_path)
    with pytest.raises(InputError, match=r"2 were made under other versions"):
        read(tmp_path, *[line(text, policy="other@1") for text in "ab"])
    with pytest.raises(InputError, match="expected a file of labels"):
        read_labels(tmp_path / "none.jsonl", POLICIES)
    with pytest.raises(InputError, match="expected a file of labels"):
        read_labels(tmp_path, POLICIES)


def test_some_are_drawn_of_either_kind_and_always_the_same(tmp_path: Path) -> None:
    found = read(tmp_path, *[line(f"text {number}", number % 4 == 0) for number in range(400)])
    some = found.some(60).clauses[KEY]
    assert some.violates.sum() == 60
    assert (~some.violates).sum() == 60
    assert found.some(60).clauses[KEY].digest == some.digest
    assert found.some(60, seed=1).clauses[KEY].digest != some.digest
    assert found.some(1_000).clauses[KEY].digest == found.clauses[KEY].digest


def test_a_file_that_changes_between_the_two_readings_is_named(tmp_path: Path) -> None:
    found = read(tmp_path, line("aaaa"), line("bbbb", False))
    places = found.clauses[KEY].places.tolist()
    written(tmp_path / "labels.jsonl", "{")
    with pytest.raises(InputError, match="changed while it was read"):
        list(found.contents(places))
    (tmp_path / "labels.jsonl").unlink()
    with pytest.raises(InputError, match="changed while it was read"):
        list(found.contents(places))
