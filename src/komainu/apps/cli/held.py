"""Decisions as a reviewer sees them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

import typer
from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import action_text, counted, first_words, lines, printable, record_table, short, stdout
from komainu.apps.cli.lookup import SHORT_ID
from komainu.domain import (
    Abstention,
    Appeal,
    Clause,
    Content,
    Decision,
    Opinion,
    Policy,
    Review,
    Rulebook,
    Ruling,
    Verdict,
)
from komainu.reviews import Count, History, comes_to, open_in, waiting

OnRecord = tuple[Decision, Content | None, Mapping[str, Ruling]]  # and how every clause stands

NAMED = 4  # clauses named one by one in a sentence; more are counted


def when(time: datetime) -> str:
    """The time to the second, UTC."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"


def not_clear(rulings: Mapping[str, Ruling]) -> str:
    """Which clauses are violated, by name, and which or how many are open."""
    violated = [key for key, ruling in rulings.items() if ruling is Ruling.VIOLATED]
    still_open = open_in(rulings)
    if not still_open:
        return ", ".join(violated)
    named = f"open: {', '.join(still_open)}" if len(still_open) <= 2 else f"{len(still_open)} open"
    return ", ".join([*violated, named])


def review_text(each: Review | Appeal, kept_back: Collection[str] = ()) -> Text:
    """A review or an appeal on one line; of a review without what it says on the clauses kept back, and why."""
    if isinstance(each, Appeal):
        why = f": {each.why}" if each.why else ""
        return Text(printable(f"appeal {when(each.appealed_at)} by {each.by} on {', '.join(each.clauses)}{why}"))
    rulings = {key: ruling for key, ruling in each.rulings.items() if key not in kept_back}
    said = [_ruled(rulings)] if rulings else []
    hidden = len(rulings) < len(each.rulings)
    if hidden:
        said.append(f"{counted(len(each.rulings) - len(rulings), 'ruling')} kept back until it is settled")
    outcome = f"; the appeal is {each.outcome.value}" if each.outcome is not None else ""
    note = f": {each.note}" if each.note and not hidden else ""
    return Text(printable(f"review {when(each.reviewed_at)} by {each.reviewer}: {', '.join(said)}{outcome}{note}"))


def record_rows(found: Iterable[OnRecord]) -> Table:
    """One line per decision: id, when, action, what is not clear, first words."""
    return record_table(
        [
            (
                decision.id[:SHORT_ID],
                f"{decision.decided_at.astimezone(UTC):%Y-%m-%d %H:%M}",
                decision.action,
                not_clear(rulings),
                first_words(content, 100),
            )
            for decision, content, rulings in found
        ]
    )


def show_held(
    decision: Decision,
    content: Content | None,
    history: History,
    rulebook: Rulebook | None,
    successor: Decision | None = None,
) -> None:
    """Print the content in full, the reviews so far, and each open clause, the likeliest violated first.

    What others ruled on a clause that still waits is kept back, so that the next word is a reviewer's own; so is what
    judges said and did where the decision was drawn by lot, as it measures them.
    """
    blind = decision.is_drawn and bool(waiting(decision, history))
    what = Text("DRAWN BY LOT", "bold") if blind else action_text(decision.action)
    stdout.print(Text.assemble(what, f"  decision {decision.id}, {when(decision.decided_at)}"))
    _show_content(content)
    typer.echo("")
    left = list(waiting(decision, history))
    if not blind:
        left.sort(key=lambda key: _worry(key, decision), reverse=True)
    for each in history:
        stdout.print(review_text(each, left))
    if note := _about_rulebook(decision, rulebook):
        stdout.print(note, style="yellow", markup=False, highlight=False)
    if successor is not None:
        stdout.print(f"It was judged again since: rule on decision {successor.id}.", highlight=False, markup=False)
        return
    for key in left:
        _show_clause(key, decision, content, rulebook, blind=blind)
    if left:
        how = "--all-clear, or --violates … --rest-clear" if blind else "--clear … --violates …"
        hint = f"{len(left)} waiting. Next: komainu review rule {decision.id[:SHORT_ID]} {how}"
        stdout.print(hint, style="dim", markup=False, highlight=False)
    else:
        stdout.print("Nothing is waiting.")


def show_ruled(decision: Decision, review: Review, earlier: History, rulebook: Rulebook | None) -> None:
    """Print what was put on record, what remains open, and what the rulings come to."""
    stdout.print(Text(printable(f"Review {review.id} by {review.reviewer} is on record: {_ruled(review.rulings)}.")))
    count = Count(decision, (*earlier, review))
    rulings = count.standing
    if review.outcome is not None:
        stdout.print(f"The appeal is {review.outcome.value}.", highlight=False)
    if another := [key for key in count.waiting if key in review.rulings]:
        stdout.print(Text(printable(f"Waiting for somebody else's word: {', '.join(another)}.")))
    if still_open := open_in(rulings):
        stdout.print(Text(printable(f"Still open: {', '.join(still_open)}.")))
    else:
        stdout.print("Nothing is open any more.")
    action = comes_to(decision, rulings, rulebook)
    if action is not None:
        stdout.print(Text.assemble("The rulings come to ", action_text(action), "."))
    else:
        note = "What the rulings come to depends on the policies that the decision was made under; "
        stdout.print(Text(f"{note}those found here are others (name the right ones with --policy)."))


def _ruled(rulings: Mapping[str, Ruling]) -> str:
    """What is violated by name, what is clear by name or, where it is much, by number."""
    violated = [key for key, ruling in rulings.items() if ruling is Ruling.VIOLATED]
    clear = [key for key, ruling in rulings.items() if ruling is Ruling.CLEAR]
    said = [f"{', '.join(violated)} violated"] if violated else []
    if clear:
        said.append(f"{', '.join(clear) if len(clear) <= NAMED else counted(len(clear), 'clause')} clear")
    return ", ".join(said)


def _show_content(content: Content | None) -> None:
    """The whole content, past Rich, which takes minutes over megabytes."""
    if content is None:
        typer.echo("\nThe content has been forgotten.")
        return
    for turn in content.context:
        typer.echo(f"\nbefore:\n{lines(turn)}")
    typer.echo(f"\n{content.role.value}:\n{lines(content.text)}")


def _worry(key: str, decision: Decision) -> float:
    """How likely the clause is violated, by the last judge that said so; above 1 where none did."""
    said = [each.probability for each in decision.opinions if isinstance(each, Verdict) and each.clause == key]
    return said[-1] if said else 2.0


def _about_rulebook(decision: Decision, rulebook: Rulebook | None) -> str:
    """What a reviewer must know about the policy texts shown, or nothing."""
    made_under = ", ".join(decision.policies)
    if rulebook is None:
        return f"No policies are found here to show the clauses from; the decision was made under {made_under}."
    if rulebook.digest != decision.rulebook:
        return (
            f"Note: the policies shown ({', '.join(rulebook.names)}) are not word for word those that the decision "
            f"was made under ({made_under}); name the right ones with --policy."
        )
    return ""


def _show_clause(
    key: str, decision: Decision, content: Content | None, rulebook: Rulebook | None, *, blind: bool
) -> None:
    policy_id = key.partition("/")[0]
    found = [clause for clause in rulebook.clauses if clause.key == key] if rulebook is not None else []
    stdout.print()
    if found and rulebook is not None:
        _show_policy_text(found[0], rulebook.policy(policy_id))
    else:
        stdout.print(Text(printable(key), "bold"))
        stdout.print("(not in the policies found here)", style="dim")
    for opinion in () if blind else decision.opinions:
        if opinion.clause == key:
            stdout.print(Text(f"  {printable(_said(opinion, content))}", "cyan"))


def _show_policy_text(clause: Clause, policy: Policy) -> None:
    about = f"  severity {clause.severity}, {clause.action.label}, {policy.name}"
    stdout.print(Text.assemble((printable(f"{clause.key} {clause.title}"), "bold"), (about, "dim")))
    stdout.print(Text(lines(clause.text)))
    for exception in policy.exceptions_to(clause):
        stdout.print(Text(lines(f"Allowed, {exception.id} {exception.title}: {exception.text}")))
    for rule_of_thumb in policy.ambiguity:
        if clause.id in rule_of_thumb:
            stdout.print(Text(lines(f"Ambiguity: {rule_of_thumb}")))


def _said(opinion: Opinion, content: Content | None) -> str:
    if isinstance(opinion, Abstention):
        return f"{opinion.judge} abstained: {opinion.detail or opinion.reason.value}"
    said = f"{opinion.judge} p={opinion.probability:.2f}"
    if opinion.rationale:
        said += f": {opinion.rationale}"
    quotes = [short(span.of(content.text), 80) for span in opinion.evidence] if content is not None else []
    return said + "".join(f" “{quote}”" for quote in quotes[:5])
