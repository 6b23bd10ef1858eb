"""`komainu policy propose|approve|reject`: a version comes to decide by the word of more people than its author."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
import uuid_utils

from komainu.apps.cli.console import counted, printable, stdout
from komainu.apps.cli.options import ConfigPath, StoreUrl, opened, rulebook_of, run, settings_of
from komainu.apps.cli.policy_ready import expect_ready
from komainu.apps.settings import Settings
from komainu.domain import GovernedRulebook, Policy, Standing, State, Step, StepKind
from komainu.domain.editions import SHORT_DIGEST, named
from komainu.domain.standing import may_come, person, policy_of, standings, state_of, subject_of
from komainu.errors import OvertakenError, UsageError
from komainu.policies import load, policy_files

Version = Annotated[
    str,
    typer.Argument(metavar="PATH|SUBJECT", help="A policy file or folder; or a version on record, id@version#digest."),
]
By = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help="Who says so. Default: the reviewer of the configuration.")
]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason; kept on record.")]

NO_TEST, NO_TRIAL = "(not tested)", "(without a trial)"


def register(commands: typer.Typer) -> None:
    """Add the commands."""
    commands.command("propose")(propose)
    commands.command("approve")(approve)
    commands.command("reject")(reject)


def propose(
    version: Version,
    *,
    to: Annotated[str, typer.Option("--to", metavar="shadow|canary|live|retired", help="What it is to become.")],
    why: Why,
    by: By = None,
    share: Annotated[
        float | None, typer.Option(metavar="SHARE", help="Of the contents, for a canary, 0 to 1. Default: 0.1.")
    ] = None,
    skip_trial: Annotated[
        bool, typer.Option("--skip-trial", help="Go live without having been a canary; the record says so.")
    ] = False,
    without_test: Annotated[
        bool, typer.Option("--without-test", help="Whatever `policy test` says; the record says so.")
    ] = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Ask that a version of a policy come to a state; puts the request on record, with who asks and why.

    A version is what a policy says word for word. It comes from draft to shadow, canary and live, or back into the
    shadow, and can be retired at any time. Canary and live need as many `approvals` as the configuration says, of
    others than who asks and who first proposed the version; without any, and for shadow and retired, the request takes
    effect at once. A newer request closes an older one that waits.

    The policy must parse and lint without errors, go together with those of the configuration, and meet its targets.
    """
    settings = settings_of(config, store)
    state = _state_of(to)
    given = _share_of(state, share)
    if skip_trial and state is not State.LIVE:
        raise UsageError(f"--skip-trial is for --to live; got --to {state.value}")
    if state is State.RETIRED:
        subject = _subject(settings, version)
    else:
        policy = _one_policy(version)
        subject = subject_of(policy)
        expect_ready(Path(version), policy, settings, tested=not without_test)
    said = [why.strip()] + [NO_TEST] * without_test + [NO_TRIAL] * skip_trial
    request = Step(
        id=str(uuid_utils.uuid7()),
        subject=subject,
        state=state,
        by=_who(by, settings),
        why=_why(why, " ".join(said)),
        share=given,
        taken_at=datetime.now(UTC),
        kind=StepKind.PROPOSED,
        approvals=settings.approvals if state.decides else 0,
        skips_trial=skip_trial,
    )
    _say(run(_proposed(settings, request)), settings)


def approve(version: Version, *, why: Why, by: By = None, config: ConfigPath = None, store: StoreUrl = None) -> None:
    """Agree to what is asked for a version; with the last approval that is needed, it takes effect.

    Not for who asks, nor for who first proposed the version, and once for each person. It counts for exactly this
    version: with one word changed, the file is another, and must be proposed anew.
    """
    settings = settings_of(config, store)
    _say(
        run(_answered(settings, _subject(settings, version), StepKind.APPROVED, _who(by, settings), _why(why, why))),
        settings,
    )


def reject(version: Version, *, why: Why, by: By = None, config: ConfigPath = None, store: StoreUrl = None) -> None:
    """Close what is asked for a version and waits; who asked may do so too. The version stays what it is."""
    settings = settings_of(config, store)
    _say(
        run(_answered(settings, _subject(settings, version), StepKind.REJECTED, _who(by, settings), _why(why, why))),
        settings,
    )


async def _proposed(settings: Settings, request: Step) -> Standing:
    async with opened(settings) as store:
        was = state_of(await store.steps(), request.subject, settings.approvals)
        if not may_come(was.state, request.state, skips_trial=request.skips_trial):
            raise UsageError(_no_way(was, request))
        await store.add_steps([request])
        now = state_of(await store.steps(), request.subject, settings.approvals)
        if now.request is None or now.request.id != request.id:
            raise OvertakenError(f"somebody else asked something for {named(request.subject)} meanwhile: look again")
        return now


def _no_way(was: Standing, request: Step) -> str:
    said = f"{named(was.subject)} is {was.state.value}; it cannot come to {request.state.value} from there"
    if request.state is State.LIVE:
        return f"{said}: propose it as a canary first, or say --skip-trial"
    return f"{said}: a version comes from draft to shadow, canary and live, and may be retired at any time"


def _answer(settings: Settings, version: str, kind: StepKind, by: str | None, why: str) -> None:
    who, said, subject = _who(by, settings), _why(why, why), _subject(settings, version)
    _say(run(_answered(settings, subject, kind, who, said)), settings)


async def _answered(settings: Settings, subject: str, kind: StepKind, by: str, why: str) -> Standing:
    async with opened(settings, existing=True) as store:
        was = state_of(await store.steps(), subject, settings.approvals)
        request = was.request
        if request is None or (kind is StepKind.REJECTED and not was.waits):
            raise UsageError(
                f"nothing is asked for {named(subject)}, which is {was.state.value}: to ask, komainu policy propose. "
                "What was asked for another version, be it of one word, does not count for this one"
            )
        if kind is StepKind.APPROVED:
            _expect_other(was, by)
        answer = Step(
            id=str(uuid_utils.uuid7()),
            subject=subject,
            state=request.state,
            by=by,
            why=why,
            share=request.share,
            taken_at=datetime.now(UTC),
            kind=kind,
            about=request.id,
        )
        await store.add_steps([answer])
        now = state_of(await store.steps(), subject, settings.approvals)
        is_same = now.request is not None and now.request.id == request.id
        if is_same is not (kind is StepKind.APPROVED):
            what = "took effect" if is_same else "was closed"
            raise OvertakenError(f"the request for {named(subject)} {what} since you looked: look again")
        return now


def _expect_other(was: Standing, by: str) -> None:
    """UsageError where that person's approval would not count."""
    if person(by) in set(map(person, was.authors)):
        raise UsageError(
            f"{by} is an author of this request for {named(was.subject)} ({', '.join(was.authors)} proposed it): "
            "the approval must come from somebody else"
        )
    if person(by) in set(map(person, was.approved_by)):
        raise UsageError(f"{by} has approved this already; each person does so once")


def _say(now: Standing, settings: Settings) -> None:
    share = f" on {now.share:.0%} of the contents" if now.state is State.CANARY else ""
    lines = [f"{named(now.subject)} is {now.state.value}{share}."]
    if now.request is not None and now.waits:
        asked = f" on {now.request.share:.0%} of the contents" if now.request.share else ""
        subject = now.subject.removeprefix("policy:")
        lines.append(
            f"To be {now.request.state.value}{asked} it waits for {counted(now.missing, 'approval')}, not of "
            f"{' or '.join(now.authors)}: komainu policy approve {subject} --by NAME --why …"
        )
    elif now.state is State.SHADOW:
        lines.append("It decides nothing. What it would have done: komainu policy simulate PATH")
    elif now.state.decides and not _has_file(settings, now.subject):
        lines.append("The configuration holds no such file (`policies`, `candidates`): there, it does not decide yet.")
    for line in lines:
        stdout.print(printable(line), highlight=False, markup=False, soft_wrap=True)


def _has_file(settings: Settings, subject: str) -> bool:
    rulebook: GovernedRulebook = rulebook_of(None, settings)
    return subject in {subject_of(policy) for policy in rulebook.editions.files}


def _state_of(name: str) -> State:
    states = [state for state in State if state is not State.DRAFT]
    for state in states:
        if state.value == name:
            return state
    raise UsageError(f"expected {', '.join(state.value for state in states)} in --to; got {name!r}")


def _share_of(state: State, share: float | None) -> float:
    if state is not State.CANARY:
        if share is not None:
            raise UsageError(f"--share is of a canary; got --to {state.value}")
        return 0.0
    if share is None:
        return 0.1
    if not 0.0 < share <= 1.0:
        raise UsageError(f"--share is above 0 and at most 1; got {share:g}")
    return share


def _who(by: str | None, settings: Settings) -> str:
    who = (settings.reviewer if by is None else by).strip()
    if not person(who):
        raise UsageError("expected a name in --by; got none")
    return who


def _why(given: str, said: str) -> str:
    if not given.strip():
        raise UsageError("expected a reason in --why; got none")
    return said


def _one_policy(path: str) -> Policy:
    files = policy_files(Path(path))
    if len(files) != 1:
        raise UsageError(f"{path}: expected one policy; there are {len(files)}")
    return load(files[0])


def _subject(settings: Settings, version: str) -> str:
    return subject_of(_one_policy(version)) if Path(version).exists() else run(_named(settings, version))


async def _named(settings: Settings, version: str) -> str:
    """The version on record that is named; UsageError where there is none, or several."""
    async with opened(settings, existing=True) as store:
        known: Sequence[str] = tuple(standings(await store.steps(), settings.approvals))
    start = version.removeprefix("policy:")
    digits = len(start.rpartition("#")[2]) if "#" in start else 0
    found = [one for one in known if policy_of(one) and one.removeprefix("policy:").startswith(start)]
    if digits < SHORT_DIGEST or len(found) != 1:
        raise UsageError(
            f"expected a policy file, or a version on record as id@version#digest with {SHORT_DIGEST} digits of the "
            f"digest or more; got {version!r}. komainu policy states lists them"
        )
    return found[0]
