"""What several commands take, and what they make of it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from komainu.apps.settings import Reasoner, Settings, load_settings, with_reasoner, with_store
from komainu.domain import Decision, Editions, GovernedRulebook, Role, Rulebook, Step
from komainu.errors import InputError, PolicyError, StoreError, UsageError
from komainu.policies import load, load_rulebook, policy_files, starter_path
from komainu.store import Store, open_store

PolicyPaths = Annotated[
    list[Path] | None,
    typer.Option(
        "--policy",
        "-p",
        metavar="PATH",
        help="A policy file, a policy folder, or a folder of policies; may be given again. "
        "Default: those of the configuration file, else the starter policies.",
    ),
]
ConfigPath = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Configuration file. Default: komainu.toml, if present.")
]
StoreUrl = Annotated[
    str | None,
    typer.Option("--store", metavar="PLACE", help="The record: a file for SQLite, or postgresql://… ."),
]
ReasonerUrl = Annotated[
    str,
    typer.Option(
        "--reasoner",
        metavar="URL",
        help="Ask a reasoning model as the last judge: the base of an OpenAI-compatible server, http://…/v1.",
    ),
]
ReasonerModel = Annotated[
    str, typer.Option("--model", metavar="NAME", help="The reasoner's model. Default: the only one of its server.")
]
ReasonerProfile = Annotated[
    str,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="What kind of model it is: gpt-oss-safeguard, gpt-oss, chat, yes-no, llama-guard. Default: by its name.",
    ),
]
ReasonerEffort = Annotated[
    str, typer.Option("--effort", metavar="low|medium|high", help="How hard the reasoner thinks at first.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

Result = TypeVar("Result")


def settings_of(config: Path | None, store: str | None = None, reasoner: Reasoner | None = None) -> Settings:
    """The settings a command runs with."""
    settings = with_store(load_settings(config), store)
    return settings if reasoner is None else with_reasoner(settings, reasoner)


def rulebook_of(policies: Sequence[Path] | None, settings: Settings) -> GovernedRulebook:
    """The rulebook of `--policy`, else of the settings with their candidates, else the starter policies.

    Which versions decide is up to the record; `moderate` looks there.
    """
    rulebook = load_rulebook(list(policies or settings.policies) or [starter_path()])
    paths = () if policies else settings.candidates
    candidates = [load(file) for path in paths for file in policy_files(path)]
    editions = Editions(rulebook.policies, candidates, approvals=settings.approvals)
    return GovernedRulebook(policies=rulebook.policies, editions=editions)


def look_up(rulebook: GovernedRulebook, settings: Settings) -> Editions:
    """What the record says of the versions, before anything is decided by them."""
    rulebook.editions.renew(run(_steps(settings)))
    return rulebook.editions


async def _steps(settings: Settings) -> tuple[Step, ...]:
    if not has_record(settings):
        return ()
    async with opened(settings) as store:
        return await store.steps()


def made_under(rulebook: GovernedRulebook | None, decision: Decision) -> Rulebook | None:
    """The rulebook that a decision was made under, where the files still make it."""
    return rulebook.editions.book(decision.rulebook) if rulebook is not None else None


def rulebook_if_found(policies: Sequence[Path] | None, settings: Settings) -> GovernedRulebook | None:
    """The same, or None where no policies were named here and those of the settings cannot be read."""
    try:
        return rulebook_of(policies, settings)
    except PolicyError:
        if policies:
            raise
        return None


def role_of(name: str) -> Role:
    """The role of that name; UsageError lists those that exist."""
    try:
        return Role(name)
    except ValueError:
        raise UsageError(f"expected a role ({', '.join(role.value for role in Role)}); got {name!r}") from None


@asynccontextmanager
async def opened(settings: Settings, *, existing: bool = False, records: bool = False) -> AsyncIterator[Store]:
    """The store of the settings, closed at the end; with `existing`, StoreError rather than a new, empty one.

    With `records` decisions are made, and their traces kept where the settings say so: SettingsError where there is no
    key then.
    """
    if existing and not has_record(settings):
        path = settings.store.removeprefix("sqlite:///")
        raise StoreError(f"{path}: expected a record; there is none (name it with --store, or judge something first)")
    store = await open_store(settings.store, keeper=settings.keeper() if records else None)
    try:
        yield store
    finally:
        await store.close()


def has_record(settings: Settings) -> bool:
    """Whether there is a record to read; a database server is taken at its word."""
    path = settings.store.removeprefix("sqlite:///")
    return "://" in path or Path(path).expanduser().exists()


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run what a command does, in the one event loop of the process."""
    return asyncio.run(work)


def text_of(argument: str) -> str:
    """The text itself, or standard input for `-`; InputError where that is not UTF-8 text."""
    if argument != "-":
        return argument
    data = sys.stdin.buffer.read()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"standard input: expected UTF-8 text; byte {error.start} is none") from None
