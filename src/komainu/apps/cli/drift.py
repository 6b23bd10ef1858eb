"""`komainu drift`: what has moved under which clause, with examples."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
import uuid_utils

from komainu.apps.cli.console import print_json, stdout
from komainu.apps.cli.decisions import Since, time_of
from komainu.apps.cli.drift_view import drift_json, show
from komainu.apps.cli.lookup import PAGE
from komainu.apps.cli.options import ConfigPath, Json, PolicyPaths, StoreUrl, opened, run, settings_of
from komainu.apps.settings import Settings
from komainu.domain import Content, Lapse, Review
from komainu.errors import UsageError
from komainu.judges.embedded.selftest import proven
from komainu.judges.embedded.weights import SHIPPED
from komainu.learning.alarms import Alarm, reason_of
from komainu.learning.drift import Drift, DriftReport, Recorded, Watch
from komainu.learning.topics import Sampled, Topic, topics_of
from komainu.policies import load_rulebook
from komainu.store import Store

MOVED = 1  # exit code


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All that there is to say."""

    report: DriftReport
    topics: tuple[Topic, ...] | None  # None: too few contents to tell, or not asked for
    contents: dict[str, Content | None]  # of examples, by digest; None: forgotten
    lapsed: tuple[str, ...]  # clauses whose certificates were taken back


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(drift)


def drift(
    *,
    policy: PolicyPaths = None,
    since: Since = None,
    reference_days: Annotated[
        int, typer.Option(min=1, help="Days, from the first answer of a judge on, that are taken as normal.")
    ] = 28,
    current_days: Annotated[
        int, typer.Option(min=1, help="The latest days, today's included, that are compared with them.")
    ] = 7,
    alpha: Annotated[
        float, typer.Option(help="False alarms, over all clauses: a third for each kind of test.")
    ] = Watch().alpha,
    topics: Annotated[
        int, typer.Option(min=0, help="Contents of either window that are read for new topics; 0: none.")
    ] = Watch().topics,
    keep_certificates: Annotated[
        bool, typer.Option("--keep-certificates", help="Only look: no certificate is taken back.")
    ] = False,
    every: Annotated[bool, typer.Option("--all", help="Show every clause and judge, not only what moved.")] = False,
    json: Json = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Say whether scores, failures, overrides or topics have moved, under which clause, and show examples.

    Every judge under every clause of every policy version is watched by itself. Its first days are the reference; the
    latest days are compared with it (PSI, by permutation), and its whole stream is watched for changes of the mean
    (ADWIN, which may be looked at as often as you like). Where --policy is given, only those policies, in the versions
    found there, are watched.

    A certificate of a judge on a clause under which something moved is taken back, with the alarm as the reason: the
    judge settles that clause no more until it is certified anew.

    The exit code is 1 where an alarm stands or a new topic is found. An alarm stands until you look into it and take
    what you found as normal: from then on give the day as --since.
    """
    if not 0.0 < alpha < 1.0:
        raise UsageError(f"--alpha: expected a share between 0 and 1; got {alpha:g}")
    watch = Watch(reference_days=reference_days, current_days=current_days, alpha=alpha, topics=topics)
    settings = settings_of(config, store)
    names = frozenset(load_rulebook(policy).names) if policy else None
    found = run(_found(settings, watch, names, time_of(since), keep=keep_certificates))
    if json:
        print_json(drift_json(found.report, found.topics, found.contents) | {"lapsed": list(found.lapsed)})
    else:
        show(found.report, found.topics, found.contents, watch, every=every)
        if found.lapsed:
            stdout.print(f"Certificates taken back on {', '.join(found.lapsed)}", highlight=False, markup=False)
    if found.report.alarms or found.topics:
        raise typer.Exit(MOVED)


async def _found(
    settings: Settings, watch: Watch, names: frozenset[str] | None, since: datetime | None, *, keep: bool
) -> Found:
    async with opened(settings, existing=True) as store:
        seen = Drift(watch, now=datetime.now(UTC), policies=names)
        async for one in recorded(store, since):
            seen.add(one)
        report = await asyncio.to_thread(seen.report)
        topics = await _topics(store, seen, settings, watch)
        digests = {one.content for alarm in report.alarms for one in alarm.examples}
        digests |= {one.content for topic in topics or () for one in topic.examples}
        lapsed = () if keep else await _lapsed(store, report.alarms)
        contents = {one: await store.content(one) for one in sorted(digests)}
        return Found(report=report, topics=topics, contents=contents, lapsed=lapsed)


async def _lapsed(store: Store, alarms: Sequence[Alarm]) -> tuple[str, ...]:
    """Take back the certificates that an alarm is about; their clauses."""
    said = {(one.clause, one.judge): reason_of(one) for one in alarms}
    now = datetime.now(UTC)
    mine = [one for one in await store.certificates() if one.lapsed_at is None and (one.clause, one.judge) in said]
    lapses = [
        Lapse(id=str(uuid_utils.uuid7()), certificate=one.id, why=said[one.clause, one.judge], lapsed_at=now)
        for one in mine
    ]
    await store.lapse(lapses)
    return tuple(dict.fromkeys(one.clause for one in mine))


async def recorded(store: Store, since: datetime | None) -> AsyncIterator[Recorded]:
    """Every decision in the order recorded, with its reviews; a page in memory at a time."""
    after, golden = "", {decision.id for decision in await store.golden()}
    while page := await store.decisions(since=since, after=after, limit=PAGE):
        histories = await store.histories([decision.id for decision in page])
        for decision in page:
            if decision.id in golden:  # chosen to test people: no part of what arrives
                continue
            reviews = tuple(one for one in histories.get(decision.id, ()) if isinstance(one, Review))
            before = await store.decision(decision.supersedes) if decision.supersedes else None
            yield Recorded(decision=decision, reviews=reviews, before=before)
        after = page[-1].id


async def _topics(store: Store, seen: Drift, settings: Settings, watch: Watch) -> tuple[Topic, ...] | None:
    reference, current = [await _kept(store, some) for some in seen.samples()]
    if min(len(reference), len(current)) < watch.needed:
        return None
    options = next((dict(stage.options) for stage in settings.stages if stage.judge == "embedded"), {})
    weights = await asyncio.to_thread(proven, Path(options.get("weights", SHIPPED)))
    return await asyncio.to_thread(topics_of, reference, current, weights, watch)


async def _kept(store: Store, some: Sequence[Sampled]) -> list[tuple[Sampled, Content]]:
    """Those whose content has not been forgotten."""
    found = [(one, await store.content(one.content)) for one in some]
    return [(one, content) for one, content in found if content is not None]
