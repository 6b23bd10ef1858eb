"""What the test suite of a policy found, as a person or a program reads it."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import counted, printable, short, stdout
from komainu.domain import Ruling
from komainu.evals import ClauseTest, PolicyTest, TargetCheck, Wrong

FIGURES = ("violating", "right", "wrong", "held")


def show_test(test: PolicyTest) -> None:
    """Print per clause what was right, wrong and held; then what was wrong; then the targets."""
    stdout.print(Text.assemble((test.policy, "bold"), f"  {counted(test.cases, 'case')}"))
    stdout.print(_table(test))
    for clause in test.clauses:
        for wrong in clause.wrong:
            stdout.print(_wrong(wrong))
    if test.failures:
        pairs = sum(clause.cases for clause in test.clauses)
        said = f"not tested: a judge failed on {len(test.failures)} of {pairs} pairs, first: {test.failures[0]}"
        stdout.print(Text(printable(said), "bold red"))
    if not test.targets:
        stdout.print("The policy declares no targets, so there is nothing to miss: add targets: to its front matter.")
    for check in test.targets:
        stdout.print(_target(check))
    stdout.print()


def test_json(tests: Sequence[PolicyTest]) -> dict[str, object]:
    """The same for programs; a target without a figure could not be measured, and is missed."""
    return {"passed": all(test.is_passed for test in tests), "policies": [_test(test) for test in tests]}


def _table(test: PolicyTest) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("clause")
    for heading in ("cases", *FIGURES):
        table.add_column(heading, justify="right")
    for clause in test.clauses:
        wrong = Text(str(len(clause.wrong)), "red" if clause.wrong else "")
        figures = (clause.cases, clause.violating, clause.right)
        table.add_row(Text(clause.clause), *map(str, figures), wrong, str(clause.held))
    return table


def _wrong(wrong: Wrong) -> Text:
    labelled = "violates" if wrong.ruling is Ruling.CLEAR else "does not violate"
    probability = "" if wrong.probability is None else f" (p={wrong.probability:.2f})"
    return Text.assemble(
        (f"wrong: {printable(wrong.case.id)}", "red"),
        f" {labelled} {wrong.clause}, was ruled {wrong.ruling.value}{probability}: “{short(wrong.case.text, 100)}”",
    )


def _target(check: TargetCheck) -> Text:
    verdict = ("met   ", "green") if check.is_met else ("missed", "bold red")
    return Text.assemble("target ", verdict, f" {check.reason}")


def _test(test: PolicyTest) -> dict[str, object]:
    return {
        "policy": test.policy,
        "cases": test.cases,
        "passed": test.is_passed,
        "clauses": [_clause(clause) for clause in test.clauses],
        "wrong": [_wrong_json(wrong) for clause in test.clauses for wrong in clause.wrong],
        "targets": [
            {
                "target": check.target,
                "demanded": check.demanded,
                "measured": check.measured,
                "met": check.is_met,
                "reason": check.reason,
            }
            for check in test.targets
        ],
    }


def _clause(clause: ClauseTest) -> dict[str, object]:
    return {
        "clause": clause.clause,
        "cases": clause.cases,
        "violating": clause.violating,
        "right": clause.right,
        "wrong": len(clause.wrong),
        "held": clause.held,
        "failed": len(clause.failures),
        "found": clause.found,
    }


def _wrong_json(wrong: Wrong) -> dict[str, object]:
    return {
        "case": wrong.case.id,
        "clause": wrong.clause,
        "violates": wrong.ruling is Ruling.CLEAR,
        "ruling": wrong.ruling.value,
        "probability": wrong.probability,
        "text": wrong.case.text,
        "why": wrong.case.why,
    }
