"""`komainu policy states`: which versions decide, and how each came there."""

from collections.abc import Iterator, Mapping
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import counted, print_json, printable, stdout
from komainu.apps.cli.options import ConfigPath, Json, PolicyPaths, StoreUrl, look_up, rulebook_of, settings_of
from komainu.apps.settings import Settings
from komainu.domain import Editions, Policy, Standing, State, Step
from komainu.domain.editions import named
from komainu.domain.standing import policy_of, subject_of


def register(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command("states")(states)


def states(
    *, policy: PolicyPaths = None, json: Json = False, config: ConfigPath = None, store: StoreUrl = None
) -> None:
    """Say which versions of each policy decide here, and where all others stand: since when, by whom, what is asked.

    It takes in the versions on record and those in the files of the configuration, and says where these differ. The
    exit code is 1 where a policy has no version that may decide: then nothing is judged.
    """
    settings = settings_of(config, store)
    rulebook = rulebook_of(policy, settings)
    editions = look_up(rulebook, settings)
    places = _places(rulebook.policies, editions)
    if json:
        print_json(_states_json(settings, editions, places))
    else:
        for policy_id in _ids(editions):
            _show(policy_id, editions, places)
        for problem in editions.problems.values():
            _print(f"Nothing is judged: {problem}")
    if editions.problems:
        raise typer.Exit(1)


def _places(policies: tuple[Policy, ...], editions: Editions) -> dict[str, str]:
    """By subject, which setting holds the file."""
    first = {subject_of(policy): "policies" for policy in policies}
    return {subject_of(policy): "candidates" for policy in editions.files} | first


def _ids(editions: Editions) -> list[str]:
    """Of policies that there are files or a record of; those in files first."""
    return list(dict.fromkeys([*(one.id for one in editions.files), *map(policy_of, editions.standings)]))


def _versions(policy_id: str, editions: Editions) -> list[Standing]:
    """Of files first, then in the order in which they came on record."""
    subjects = [subject_of(one) for one in editions.files if one.id == policy_id]
    recorded = [one for one in editions.standings if policy_of(one) == policy_id]
    return [
        editions.standings.get(subject, Standing(subject=subject)) for subject in dict.fromkeys([*subjects, *recorded])
    ]


def _show(policy_id: str, editions: Editions, places: Mapping[str, str]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold", title=printable(policy_id), title_justify="left")
    for heading in ("version", "file in", "state", "since", "by", "asked"):
        table.add_column(heading, overflow="fold")
    found = _versions(policy_id, editions)
    for one in found:
        since, by = ("-", "-") if one.reached is None else (f"{one.reached.taken_at:%Y-%m-%d %H:%M}", _by(one))
        state = f"{one.state.value} {one.share:.0%}" if one.share else one.state.value
        texts = (named(one.subject), places.get(one.subject, "-"), state, since, by, _asked(one))
        table.add_row(*(Text(printable(text)) for text in texts))
    stdout.print(table)
    for line in (*_said(policy_id, found, editions, places), *_next(found, places)):
        _print(f"  {line}")
    stdout.print()


def _by(one: Standing) -> str:
    """Who brought it to its state: who asked, and who agreed last."""
    if one.replaced_by:
        return f"{named(one.replaced_by)} went live"
    asked = one.granted.by if one.granted is not None else "-"
    return f"{asked}, approved by {', '.join(one.granted_by)}" if one.granted_by else asked


def _asked(one: Standing) -> str:
    if one.request is None or not one.waits:
        return "-"
    share = f" {one.request.share:.0%}" if one.request.share else ""
    approved = f"approved by {', '.join(one.approved_by)}, " if one.approved_by else ""
    return f"{one.request.state.value}{share} by {one.request.by}; {approved}{counted(one.missing, 'approval')} missing"


def _said(policy_id: str, found: list[Standing], editions: Editions, places: Mapping[str, str]) -> Iterator[str]:
    """What decides, and where that is not what one would think."""
    deciding = editions.deciding(policy_id)
    if deciding is None:
        yield "No version decides." if policy_id not in editions.problems else "No version may decide; see below."
    else:
        subject = subject_of(deciding)
        yield f"{named(subject)} decides{_beside(found, subject, editions)}."
        if not any(policy_of(one) == policy_id for one in editions.standings):
            yield "Nothing is on record of this policy: the file decides."
        first = next((one for one in found if places.get(one.subject) == "policies"), None)
        if first is not None and first.subject != subject:
            yield f"`policies` holds {named(first.subject)} ({first.state.value}), which does not decide."
    live = next((one for one in found if one.state is State.LIVE), None)
    if live is not None and live.subject not in places:
        yield f"{named(live.subject)} is live on record, and the configuration has no file of it."


def _beside(found: list[Standing], subject: str, editions: Editions) -> str:
    shares = [
        f"{named(one.subject)} on {editions.canaries[one.subject]:.0%} of the contents"
        for one in found
        if one.subject in editions.canaries and one.subject != subject
    ]
    return f", and in its place {', '.join(shares)}" if shares else ""


def _next(found: list[Standing], places: Mapping[str, str]) -> Iterator[str]:
    """Commands that go on from there."""
    for one in found:
        if one.waits and one.missing:
            yield f"komainu policy approve {named(one.subject)} --by NAME --why …"
        if one.state is State.SHADOW and one.subject in places:
            yield f"komainu policy simulate PATH   what {named(one.subject)} would have done"


def _print(line: str) -> None:
    stdout.print(
        printable(line) if not line.startswith("  ") else f"  {printable(line[2:])}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def _states_json(settings: Settings, editions: Editions, places: Mapping[str, str]) -> dict[str, Any]:
    """As documented in docs/reference/json.md."""
    return {
        "approvals": settings.approvals,
        "problems": list(editions.problems.values()),
        "policies": [
            {
                "id": policy_id,
                "decides": subject_of(deciding) if (deciding := editions.deciding(policy_id)) else None,
                "versions": [_version_json(one, editions, places) for one in _versions(policy_id, editions)],
            }
            for policy_id in _ids(editions)
        ],
    }


def _version_json(one: Standing, editions: Editions, places: Mapping[str, str]) -> dict[str, Any]:
    return {
        "subject": one.subject,
        "file": places.get(one.subject),
        "state": one.state.value,
        "share": one.share or None,
        "decides_on": editions.canaries.get(one.subject),
        "since": one.reached and one.reached.taken_at.isoformat(),
        "by": one.granted and one.granted.by,
        "why": one.granted and one.granted.why,
        "approved_by": list(one.granted_by),
        "replaced_by": one.replaced_by or None,
        "request": _request_json(one, one.request) if one.request is not None and one.waits else None,
    }


def _request_json(one: Standing, request: Step) -> dict[str, Any]:
    return {
        "id": request.id,
        "to": request.state.value,
        "share": request.share or None,
        "by": request.by,
        "why": request.why,
        "at": request.taken_at.isoformat(),
        "approved_by": list(one.approved_by),
        "missing": one.missing,
    }
