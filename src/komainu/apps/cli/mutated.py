"""What mutants found out about a test suite, as a person or a program reads it."""

from collections.abc import Iterable, Sequence

from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import counted, printable, short, stdout
from komainu.evals import MutationTest, Outcome, Tried
from komainu.policies.mutants import Operator, Trace

OPERATORS = (Operator.DROP, Operator.NEGATE, Operator.SWAP, Operator.WEAKEN)


def show_mutation(test: MutationTest) -> None:
    """Print the scores by kind of mutant, then what survived, by name."""
    about = f"  {counted(test.cases, 'case')}, {counted(len(test.tried), 'mutant')}, {len(test.not_made)} not made"
    stdout.print(Text.assemble((printable(test.policy), "bold"), about))
    stdout.print(_table([test]))
    for one in test.tried:
        if one.labels.is_survived:
            stdout.print(Text.assemble(("untested ", "yellow"), short(one.mutant.name, 140)), soft_wrap=True)
    for clause, names in _judge_survivors(test).items():
        stdout.print(Text.assemble(("not seen by the judge ", "cyan"), f"{clause}: {', '.join(names)}"), soft_wrap=True)
    for clause in test.redundant:
        stdout.print(Text.assemble(("redundant ", "yellow"), f"{clause}: no case violates it alone"))
    for left_out in test.not_made:
        said = f"not made: {left_out.clause} {left_out.operator.value}: {left_out.reason}"
        stdout.print(Text(printable(said), "dim"))
    stdout.print()


def show_total(tests: Sequence[MutationTest]) -> None:
    """Print the scores over all policies."""
    if len(tests) > 1:
        stdout.print(Text(f"{counted(len(tests), 'policy').replace('policys', 'policies')} in all", "bold"))
        stdout.print(_table(tests))
    controls = [one for test in tests for one in test.controls]
    if controls:
        chance = _killed(controls)
        stdout.print(f"Of {counted(len(controls), 'restatement')}, which mean the same, {chance} were killed: chance.")
    stdout.print("killed by the labels: some case would be labelled otherwise; certain: not by shared words alone.")


def mutation_json(tests: Sequence[MutationTest]) -> dict[str, object]:
    """The same for programs, with every mutant."""
    return {"in_all": _scores(tests), "policies": [_test_json(test) for test in tests]}


def _table(tests: Sequence[MutationTest]) -> Table:
    asked = any(one.judged for test in tests for one in test.tried)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("mutants")
    for heading in ("made", "killed by the labels", "certain", *(("by the judge", "blind") if asked else ())):
        table.add_column(heading, justify="right")
    tried = [one for test in tests for one in test.tried]
    for operator in OPERATORS:
        row = [one for one in tried if one.mutant.operator is operator]
        if row:
            table.add_row(operator.value, *_cells(row, asked=asked))
    table.add_row(Text("all", "bold"), *_cells(tried, asked=asked))
    return table


def _cells(tried: Sequence[Tried], *, asked: bool) -> list[str]:
    defined = [one for one in tried if one.labels.is_defined]
    killed = [one for one in defined if one.labels.is_killed]
    certain = sum(one.labels.trace is not Trace.WORDS for one in killed)
    cells = [str(len(tried)), _share(len(killed), len(defined)), str(certain)]
    return [*cells, _share(_killed(tried), len(tried)), str(_count(tried, Outcome.BLIND))] if asked else cells


def _share(part: int, of: int) -> str:
    return f"{part} of {of} ({part / of:.1%})" if of else "0 of 0"


def _killed(tried: Iterable[Tried]) -> int:
    return _count(tried, Outcome.KILLED)


def _count(tried: Iterable[Tried], outcome: Outcome) -> int:
    return sum(one.judged is not None and one.judged.outcome is outcome for one in tried)


def _judge_survivors(test: MutationTest) -> dict[str, list[str]]:
    """What the judge let pass, by clause; weakened parts are counted."""
    found: dict[str, list[str]] = {}
    for one in test.tried:
        if one.judged is not None and one.judged.outcome is not Outcome.KILLED:
            found.setdefault(one.mutant.clause, []).append(one.mutant.operator.value)
    return {
        clause: [name if names.count(name) == 1 else f"{name} ×{names.count(name)}" for name in dict.fromkeys(names)]
        for clause, names in found.items()
    }


def _scores(tests: Sequence[MutationTest]) -> dict[str, object]:
    tried = [one for test in tests for one in test.tried]
    defined = [one for one in tried if one.labels.is_defined]
    killed = [one for one in defined if one.labels.is_killed]
    controls = [one for test in tests for one in test.controls]
    judged = [one for one in tried if one.judged is not None]
    return {
        "mutants": len(tried),
        "not_made": sum(len(test.not_made) for test in tests),
        "labels": {
            "killed": len(killed),
            "of": len(defined),
            "certain": sum(one.labels.trace is not Trace.WORDS for one in killed),
        },
        "judge": {outcome.value: _count(judged, outcome) for outcome in Outcome} if judged else None,
        "controls": {"killed": _killed(controls), "of": len(controls)} if controls else None,
    }


def _test_json(test: MutationTest) -> dict[str, object]:
    return {
        "policy": test.policy,
        "cases": test.cases,
        **_scores([test]),
        "redundant": list(test.redundant),
        "tried": [_tried_json(one) for one in test.tried],
        "restated": [_tried_json(one) for one in test.controls],
        "not_made_because": [
            {"clause": one.clause, "operator": one.operator.value, "reason": one.reason} for one in test.not_made
        ],
    }


def _tried_json(one: Tried) -> dict[str, object]:
    judged = one.judged
    return {
        "clause": one.mutant.clause,
        "operator": one.mutant.operator.value,
        "other": one.mutant.other,
        "cut": one.mutant.cut,
        "labels": {
            "killed": one.labels.is_killed,
            "defined": one.labels.is_defined,
            "trace": one.labels.trace.value,
            "cases": list(one.labels.cases),
        },
        "judge": {
            "outcome": judged.outcome.value,
            "before": judged.before,
            "after": judged.after,
            "pairs": judged.pairs,
            "lost": list(judged.lost),
        }
        if judged is not None
        else None,
    }
