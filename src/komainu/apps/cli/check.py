"""`komainu check`: judge one text."""

from collections.abc import Iterator
from typing import Annotated

import typer
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import action_text, failures, print_json, printable, short, stdout
from komainu.apps.cli.options import (
    ConfigPath,
    Json,
    PolicyPaths,
    ReasonerEffort,
    ReasonerModel,
    ReasonerProfile,
    ReasonerUrl,
    StoreUrl,
    made_under,
    opened,
    role_of,
    rulebook_of,
    run,
    settings_of,
    text_of,
)
from komainu.apps.cli.wire import decision_json
from komainu.apps.settings import Reasoner, Settings, probing
from komainu.apps.stage_settings import REASONER
from komainu.domain import Abstention, Content, Decision, Opinion, Rulebook, Ruling
from komainu.domain.call import PROBES
from komainu.errors import UsageError
from komainu.moderation import moderate

ORDER = (Ruling.VIOLATED, Ruling.OPEN, Ruling.CLEAR)  # in which clauses are shown
RULING_STYLE = {Ruling.CLEAR: "green", Ruling.VIOLATED: "bold red", Ruling.OPEN: "cyan"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)


def check(
    text: Annotated[str, typer.Argument(help="The text to judge, or - to read it from standard input.")],
    *,
    policy: PolicyPaths = None,
    role: Annotated[str, typer.Option(help="What the text is: post, comment, message, prompt, response, …")] = "post",
    context: Annotated[
        list[str] | None, typer.Option(help="An earlier turn, oldest first; may be given again.")
    ] = None,
    reasoner: ReasonerUrl = "",
    model: ReasonerModel = "",
    profile: ReasonerProfile = "",
    effort: ReasonerEffort = "",
    probe: Annotated[
        bool, typer.Option("--probe", help="Probe the reasoner's verdicts: do they rest on their evidence and reasons?")
    ] = False,
    json: Json = False,
    every: Annotated[bool, typer.Option("--all", help="Show every clause, not only those that are not clear.")] = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Judge one text by written policies, and put the decision on record.

    The exit code is 0 whatever the action; 2 means that the command was used wrongly, 3 that the decision could not
    be recorded.
    """
    named = Reasoner(url=reasoner, model=model, profile=profile, effort=effort)
    settings = settings_of(config, store, named)
    if probe:
        settings = _probing(settings)
    content = Content(text=text_of(text), role=role_of(role), context=tuple(context or ()))
    rulebook = rulebook_of(policy, settings)
    decision = run(_moderated(content, rulebook, settings))
    if json:
        print_json(decision_json(decision, content))
    else:
        show(decision, content, made_under(rulebook, decision), every=every)
        for line in _probed(decision) if probe else ():
            stdout.print(printable(line), highlight=False, markup=False)


def _probing(settings: Settings) -> Settings:
    if not any(stage.judge == REASONER for stage in settings.stages):
        raise UsageError("--probe probes a reasoner's verdicts, and there is none: name one with --reasoner")
    return probing(settings)


def _probed(decision: Decision) -> Iterator[str]:
    """One line per probe: on which clauses the verdict did not stand it."""
    for kind in PROBES:
        calls = [call for call in decision.calls if call.purpose == kind]
        found = [one for call in calls for one in call.findings if one.startswith(kind)]
        yield f"probe {kind}: {', '.join(found) or ('stood' if calls else 'there was nothing to ask')}"


async def _moderated(content: Content, rulebook: Rulebook, settings: Settings) -> Decision:
    async with settings.cascade() as cascade, opened(settings, records=True) as store:
        return await moderate(content, rulebook=rulebook, cascade=cascade, store=store)


def show(decision: Decision, content: Content | None, rulebook: Rulebook | None, *, every: bool) -> None:
    """Print a decision for a person: the action, then clause by clause what the last judge asked said.

    `rulebook` is the one the decision was made under; it gives the clauses their titles.
    """
    words = short(content.text, 200) if content is not None else "(the content has been forgotten)"
    stdout.print(Panel(Text(words), title=action_text(decision.action), title_align="left"))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("clause", "ruling", "judge", "p", "why"):
        table.add_column(heading, overflow="fold")
    last = {opinion.clause: opinion for opinion in decision.opinions}
    # A judge that failed keeps its clause open whatever later ones say, so its failure is what a person must see.
    last |= {one.clause: one for one in failures(decision)}
    for key, ruling in sorted(decision.rulings.items(), key=lambda ruled: ORDER.index(ruled[1])):
        if every or ruling is not Ruling.CLEAR:
            table.add_row(*_row(key, ruling, last.get(key), content, rulebook))
    stdout.print(table)
    counts = {ruling: sum(given is ruling for given in decision.rulings.values()) for ruling in Ruling}
    stdout.print(
        f"{counts[Ruling.VIOLATED]} violated, {counts[Ruling.OPEN]} open, {counts[Ruling.CLEAR]} clear"
        f"  ·  decision {decision.id}",
        style="dim",
        highlight=False,
    )


def _row(
    key: str, ruling: Ruling, opinion: Opinion | None, content: Content | None, rulebook: Rulebook | None
) -> tuple[Text, Text, Text, Text, Text]:
    title = rulebook.clause(key).title if rulebook is not None else ""
    name = printable(f"{key} {title}".strip())
    ruled = Text(ruling.value, style=RULING_STYLE[ruling])
    if opinion is None:
        return Text(name), ruled, Text("-"), Text("-"), Text("not asked: the action was settled before")
    judge = Text(opinion.judge.split("@")[0])
    if isinstance(opinion, Abstention):
        return Text(name), ruled, judge, Text("-"), Text(printable(f"abstained: {opinion.detail or opinion.reason}"))
    because = opinion.rationale
    if content is not None and opinion.evidence and len(opinion.evidence[0].of(content.text)) < len(content.text):
        because += f": “{short(opinion.evidence[0].of(content.text), 80)}”"
    return Text(name), ruled, judge, Text(f"{opinion.probability:.2f}"), Text(printable(because))
