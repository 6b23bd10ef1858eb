"""`komainu policy ambiguity`."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Command, one_line


def test_without_a_record_cases_alone_are_read(here: Path, scripted: Callable[..., None], komainu: Command) -> None:
    case = {"text": "Buy followers", "violates": ["HR2"]}
    lines = [json.dumps(case | {"id": f"c{n}", "text": f"See the boats {n}"}) for n in range(12)]
    (here / "policies" / "house" / "cases.jsonl").write_text("\n".join(lines), "utf-8")
    scripted({"house/HR2": 0.2, "house/HR1": 0.8}, default=0.1)
    ran = komainu("policy", "ambiguity", "policies/house")
    shown = one_line(ran.out)
    assert ran.code == 0
    assert "0 decisions, 0 labels, 12 cases" in shown
    assert "house/HR2 100% [76%, 100%] 12" in shown
    assert "confused house/HR1 is found where house/HR2 is meant: 12 contents" in shown
    assert "“See the boats 0” case: violates, judge 0.20" in shown
    assert not (here / "komainu.db").exists()
    found = komainu("policy", "ambiguity", "policies/house", "--json").json
    assert {one["clause"] for one in found["clauses"] if one["score"]["value"] == 1.0} == {"house/HR1", "house/HR2"}
    assert found["clauses"][0]["between"]["case and judge"]["n"] == 12


def test_reviews_that_contradict_are_found(here: Path, scripted: Callable[..., None], komainu: Command) -> None:
    scripted(default=0.5)
    made = komainu("check", "See the boats", "--json").json
    for who, how in (("tamako", "--violates"), ("hanako", "--clear")):
        ran = komainu("review", "rule", made["id"], how, "house/HR2", "--reviewer", who)
        assert ran.code == 0, ran.err
    found = komainu("policy", "ambiguity", "policies/house", "--no-judge", "--json").json
    (clause,) = [one for one in found["clauses"] if one["clause"] == "house/HR2"]
    assert (found["labels"], found["cases"], clause["enough"]) == (2, 0, False)
    assert clause["between"]["people"]["value"] == 1.0
    assert clause["examples"][0]["text"] == "See the boats"
    shown = one_line(komainu("policy", "ambiguity", "policies/house", "--no-judge").out)
    assert "too little to tell, under 10 contents compared" in shown
    assert "house/HR2 (1)" in shown
