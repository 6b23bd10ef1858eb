"""`komainu decisions`: read the record, and forget contents."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from komainu.apps.cli.check import show
from komainu.apps.cli.console import counted, lines, print_json, printable, short, stderr, stdout
from komainu.apps.cli.held import record_rows, review_text, when
from komainu.apps.cli.lookup import find_decision, newest, pages
from komainu.apps.cli.options import ConfigPath, Json, StoreUrl, made_under, opened, rulebook_if_found, run, settings_of
from komainu.apps.cli.wire import dumped, record_json, summary_json, trace_json
from komainu.apps.settings import Settings
from komainu.domain import Action, Content, Decision, Trace
from komainu.errors import UsageError
from komainu.reviews import History
from komainu.store import Store
from komainu.store.traces import new_key

DIGEST_LENGTH = 64

commands = typer.Typer(no_args_is_help=True, help="Read the decisions on record; forget the contents they are about.")

ActionName = Annotated[
    str | None, typer.Option("--action", metavar="ACTION", help="Only these: allow, limit, hold or block.")
]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="TIME", help="Only from this time on (UTC): 2026-01-31 or 2026-01-31T09:00."),
]
DecisionId = Annotated[
    str, typer.Argument(metavar="ID", help="The id of the decision, or as much of its start as is unique.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="decisions")


@commands.command("list")
def list_decisions(
    *,
    action: ActionName = None,
    since: Since = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest.")] = 20,
    json: Json = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """List the newest decisions, newest last.

    The table shows the rulings of the judges; what people ruled later is shown by `decisions show`.
    """
    found = run(_newest(settings_of(config, store), limit, _action_of(action), time_of(since)))
    if json:
        print_json([summary_json(decision, content, decision.rulings) for decision, content in found])
    elif found:
        stdout.print(record_rows((decision, content, decision.rulings) for decision, content in found))
    else:
        stdout.print("No decision on record fits.")


@commands.command("show")
def show_decision(
    decision: DecisionId,
    *,
    every: Annotated[bool, typer.Option("--all", help="Show every clause, not only those that are not clear.")] = False,
    json: Json = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Show one decision: what was done, what each judge said, and the reviews since."""
    settings = settings_of(config, store)
    found, content, history, successor = run(_one(settings, decision))
    if json:
        print_json(record_json(found, content, history) | _since(successor))
        return
    show(found, content, made_under(rulebook_if_found(None, settings), found), every=every)
    about = f"decided {when(found.decided_at)} by {', '.join(found.policies)}  ·  content {found.content}"
    stdout.print(printable(about), style="dim", highlight=False, markup=False)
    for each in history:
        stdout.print(review_text(each))
    for said, other in (("in place of", found.supersedes), ("judged again since:", successor and successor.id)):
        if other:
            stdout.print(printable(f"{said} decision {other}"), highlight=False, markup=False)


@commands.command()
def trace(
    decision: DecisionId,
    *,
    json: Json = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Print what reasoners thought aloud before a decision: raw, unchecked, and not for end users.

    Traces are kept only where `keep_traces_days` says so, sealed with the key in KOMAINU_TRACE_KEY: who has no key
    reads none.
    """
    settings = settings_of(config, store)
    traces = run(_traces(settings, decision))
    if json:
        print_json([trace_json(one) for one in traces])
    elif not traces:
        stdout.print("No trace of that decision is kept.")
    for one in () if json else traces:
        effort = f", effort {one.effort}" if one.effort else ""
        probe = f", probe {one.purpose}" if one.purpose else ""
        stdout.print(
            printable(f"{one.model}{effort}{probe}: {one.outcome}"), style="bold", highlight=False, markup=False
        )
        typer.echo(f"{lines(one.reasoning or '(no reasoning channel)')}\n---\n{lines(one.answer)}\n")


@commands.command("trace-key")
def trace_key() -> None:
    """Print a new key to seal traces with, for KOMAINU_TRACE_KEY.

    Several keys may stand there by comma: the first one seals, each opens what it sealed.
    """
    typer.echo(new_key())


@commands.command()
def export(
    out: Annotated[str, typer.Argument(metavar="OUT.jsonl", help="The file to write, or - for standard output.")],
    *,
    since: Since = None,
    action: ActionName = None,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Write decisions as JSON lines, in the order recorded, each with its item and its reviews.

    An item that has been forgotten is null. A file that is there already is left alone.
    """
    settings, wanted, start = settings_of(config, store), _action_of(action), time_of(since)
    if out == "-":
        written = run(_exported(settings, wanted, start, lambda line: typer.echo(line.encode("utf-8"))))
    else:
        with _new_file(Path(out)) as write:
            written = run(_exported(settings, wanted, start, write))
    stderr.print(f"{counted(written, 'decision')} written", highlight=False)


@commands.command()
def forget(
    named: Annotated[
        str, typer.Argument(metavar="DIGEST|ID", help="The digest of a content, or the id of a decision about it.")
    ],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Delete a content, and all words about it, for good.

    The decisions, reviews and labels about it stay on record without any words, and the ledger still verifies.
    """
    settings = settings_of(config, store)
    digest, content, known = run(_to_forget(settings, named))
    if content is None and known:
        stdout.print(f"The content {digest} has been forgotten already.", highlight=False)
        return
    if content is None:
        raise UsageError(f"expected the digest of a content on record; there is none (any more) under {digest}")
    if not yes:
        _confirm(content)
    run(_forgotten(settings, digest))
    stdout.print(f"Forgotten: {digest}. The decisions about it stay on record.", highlight=False)


def _action_of(name: str | None) -> Action | None:
    try:
        return None if name is None else Action.of(name)
    except ValueError as error:
        raise UsageError(f"--action: {error}") from None


def time_of(given: str | None) -> datetime | None:
    """The time given, UTC where it names no zone."""
    if given is None:
        return None
    try:
        time = datetime.fromisoformat(given)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"--since: expected a time like 2026-01-31 or 2026-01-31T09:00Z; got {given!r}") from None


def _confirm(content: Content) -> None:
    if not sys.stdin.isatty():
        raise UsageError("expected --yes, since there is no terminal to ask at: what is forgotten is gone for good")
    typer.confirm(f"Forget “{short(content.text, 60)}” for good?", abort=True)


@contextmanager
def _new_file(path: Path) -> Iterator[Callable[[str], object]]:
    """Writes lines into a new file, which is there at the end only if all went well."""
    try:
        file = path.open("x", encoding="utf-8", newline="\n")
    except FileExistsError:
        raise UsageError(f"{path}: expected a new file; it is there already (it stays as it is)") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
    complete = False
    try:
        with file:
            yield lambda line: file.write(f"{line}\n")
        complete = True
    finally:
        if not complete:
            path.unlink()


async def _newest(
    settings: Settings, limit: int, action: Action | None, since: datetime | None
) -> list[tuple[Decision, Content | None]]:
    async with opened(settings, existing=True) as store:
        found = await newest(store, limit=limit, action=action, since=since)
        return [(decision, await store.content(decision.content)) for decision in found]


async def _one(settings: Settings, named: str) -> tuple[Decision, Content | None, History, Decision | None]:
    async with opened(settings, existing=True) as store:
        decision = await find_decision(store, named)
        history, successor = await store.history(decision.id), await store.successor(decision.id)
        return decision, await store.content(decision.content), history, successor


async def _traces(settings: Settings, named: str) -> tuple[Trace, ...]:
    async with opened(settings, existing=True, records=True) as store:
        return await store.traces((await find_decision(store, named)).id)


async def _exported(
    settings: Settings, action: Action | None, since: datetime | None, write: Callable[[str], object]
) -> int:
    written = 0
    async with opened(settings, existing=True) as store:
        async for decision in pages(store, action=action, since=since):
            write(dumped(await _line(store, decision)))
            written += 1
    return written


async def _line(store: Store, decision: Decision) -> object:
    content, reviews = await store.content(decision.content), await store.history(decision.id)
    return record_json(decision, content, reviews) | _since(await store.successor(decision.id))


def _since(successor: Decision | None) -> dict[str, str]:
    return {} if successor is None else {"superseded_by": successor.id}


async def _to_forget(settings: Settings, named: str) -> tuple[str, Content | None, bool]:
    """The digest meant, its content, and whether a decision about it is known to be on record."""
    async with opened(settings, existing=True) as store:
        if len(named) == DIGEST_LENGTH:
            digest = named.lower()
            return digest, await store.content(digest), False
        decision = await find_decision(store, named)
        return decision.content, await store.content(decision.content), True


async def _forgotten(settings: Settings, digest: str) -> None:
    async with opened(settings) as store:
        await store.forget(digest)
