"""`komainu decisions rejudge`: decide again on a content, harder."""

from typing import Annotated

import typer

from komainu.apps.cli.check import show
from komainu.apps.cli.console import print_json, stdout
from komainu.apps.cli.decisions import DecisionId, commands
from komainu.apps.cli.lookup import SHORT_ID, find_decision
from komainu.apps.cli.options import (
    ConfigPath,
    Json,
    PolicyPaths,
    ReasonerModel,
    ReasonerProfile,
    ReasonerUrl,
    StoreUrl,
    made_under,
    opened,
    rulebook_of,
    run,
    settings_of,
)
from komainu.apps.cli.wire import decision_json
from komainu.apps.settings import Reasoner, Settings, at_effort
from komainu.apps.stage_settings import REASONER
from komainu.domain import Content, Decision, GovernedRulebook
from komainu.errors import UsageError
from komainu.moderation import reconsider

APPEALED = "high"


def register(_: typer.Typer) -> None:
    """Add the command to those on decisions."""
    commands.command()(rejudge)


def rejudge(
    decision: DecisionId,
    *,
    policy: PolicyPaths = None,
    reasoner: ReasonerUrl = "",
    model: ReasonerModel = "",
    profile: ReasonerProfile = "",
    effort: Annotated[
        str,
        typer.Option("--effort", metavar="low|medium|high", help="How hard a reasoner thinks at least; high."),
    ] = "",
    json: Json = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Decide again on the content of a decision, as on appeal: by the policies and judges of today, thinking harder.

    A canary that decided, and still is one, decides again.

    The new decision goes on record and stands in place of the old one, which stays as it is and leaves the queue. What
    a person has ruled on is not overturned by a judge, and a forgotten content cannot be judged again.
    """
    settings = settings_of(config, store, Reasoner(url=reasoner, model=model, profile=profile))
    if any(stage.judge == REASONER for stage in settings.stages):
        settings = at_effort(settings, effort or APPEALED)
    elif effort:
        raise UsageError("--effort is a reasoner's, and there is none: name one with --reasoner")
    rulebook = rulebook_of(policy, settings)
    before, after, content = run(_rejudged(settings, decision, rulebook))
    if json:
        print_json(decision_json(after, content))
        return
    show(after, content, made_under(rulebook, after), every=False)
    was = f"in place of {before.id[:SHORT_ID]}: {before.action.label}, by {', '.join(before.policies)}"
    stdout.print(was, style="dim", highlight=False, markup=False)


async def _rejudged(settings: Settings, named: str, rulebook: GovernedRulebook) -> tuple[Decision, Decision, Content]:
    async with opened(settings, existing=True, records=True) as store:
        before = await find_decision(store, named)
        if (successor := await store.successor(before.id)) is not None:
            raise UsageError(f"decision {before.id} was judged again already: name decision {successor.id}")
        if reviews := await store.reviews(before.id):
            raise UsageError(
                f"{reviews[-1].reviewer} has ruled on decision {before.id}: what a person ruled, no judge overturns; "
                "rule again with `komainu review rule`"
            )
        rulebook.editions.renew(await store.steps())
        here = {name.partition("@")[0] for name in rulebook.editions.standing.names}
        if missing := [name for name in before.policies if name.partition("@")[0] not in here]:
            raise UsageError(
                f"decision {before.id} was made under {' and '.join(missing)} as well: name that policy, as it is "
                "today, with --policy"
            )
        content = await store.content(before.content)
        if content is None:
            raise UsageError(f"the content of decision {before.id} has been forgotten: there is nothing to judge")
        async with settings.cascade() as cascade:
            after = await reconsider(before, content, rulebook=rulebook, cascade=cascade, store=store)
        return before, after, content
