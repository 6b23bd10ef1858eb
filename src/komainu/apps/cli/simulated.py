"""What a simulation found, as a person or a program reads it."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import action_text, counted, first_words, printable, short, stdout
from komainu.apps.cli.lookup import SHORT_ID
from komainu.domain import Action
from komainu.evals.simulation import ClauseFlips, Flip, Simulation
from komainu.metrics import Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What people's work comes to."""

    seconds_per_item: float

    def hours(self, share: Figure, items: int) -> Figure:
        """Hours of review, from the share of so many items that is held."""

        def of(value: float | None) -> float | None:
            return None if value is None else value * items * self.seconds_per_item / 3600

        return Figure(
            value=of(share.value), n=share.n, positives=share.positives, low=of(share.low), high=of(share.high)
        )


def show_simulation(found: Simulation, queue: Queue, *, noun: str) -> None:
    """Print what flips, what is done then, what that takes, and examples."""
    stdout.print(Text.assemble((printable(f"{found.old} → {found.new}"), "bold"), f"  {_about(found, noun)}"))
    for line in _left_out(found, noun):
        stdout.print(line, style="dim", highlight=False, markup=False)
    stdout.print(f"Some ruling flips on {_percent(found.flipped)} of {noun}s.", highlight=False)
    if found.control is not None and found.excess is not None:
        said = f"The old version in other words, which mean the same, flips {_percent(found.control)}: chance."
        more = _with_interval(found.excess, lambda value: f"{value:+.2%}")
        stdout.print(f"{said} Beyond it: {more}.", highlight=False)
    stdout.print(_clauses(found))
    if any(not one.is_touched for one in found.clauses):
        stdout.print("~ both versions say the same of this clause: chance, or its neighbours' doing", style="dim")
    stdout.print(_actions(found))
    for line in _work(found, queue, noun):
        stdout.print(line, highlight=False, markup=False)
    for clause in found.clauses:
        for flip in clause.flips:
            for text in _flip(flip):
                stdout.print(text, soft_wrap=True)
    stdout.print()


def simulation_json(found: Simulation, queue: Queue) -> dict[str, object]:
    """As documented in docs/reference/json.md."""
    held = found.taken(Action.HOLD)
    return {
        "old": found.old,
        "new": found.new,
        "units": found.units,
        "members": found.members,
        "elsewhere": found.elsewhere,
        "forgotten": found.forgotten,
        "judged": found.judged,
        "not_judged": found.not_judged,
        "recorded": found.recorded,
        "unknown_policies": list(found.unknown_policies),
        "strata": [asdict(one.group) | {"members": one.members, "judged": one.judged} for one in found.strata],
        "flipped": asdict(found.flipped),
        "flipped_or_unknown": asdict(found.flipped_or_unknown),
        "control": asdict(found.control) if found.control is not None else None,
        "excess": asdict(found.excess) if found.excess is not None else None,
        "clauses": [_clause_json(one) for one in found.clauses],
        "actions": [
            {
                "action": one.action.label,
                "before": asdict(one.before),
                "after": asdict(one.after),
                "change": asdict(one.change),
            }
            for one in found.actions
        ],
        "queue_hours": {
            side: asdict(queue.hours(getattr(held, side), found.members)) for side in ("before", "after", "change")
        },
        "cost_usd": {
            "before": asdict(found.cost_before),
            "after": asdict(found.cost_after),
            "change": asdict(found.cost_change),
        },
    }


def _about(found: Simulation, noun: str) -> str:
    parts = [counted(found.members, noun), f"{found.judged:,} judged again"]
    if len(found.strata) > 1 and found.judged < found.members:
        parts.append(f"in {len(found.strata)} strata")
    if found.recorded:
        parts.append(f"on {found.recorded:,} the record stands for the old version")
    return ", ".join(parts)


def _left_out(found: Simulation, noun: str) -> Iterator[str]:
    if found.elsewhere:
        yield f"{counted(found.elsewhere, noun)} left out, not made under the policy (--every takes them too)"
    if found.forgotten:
        yield f"{counted(found.forgotten, 'content')} of those looked up is no longer kept, and others took their place"
    if found.not_judged:
        yield f"on {counted(found.not_judged, noun)} a judge failed: they are in no figure below"
    if found.unknown_policies:
        names = ", ".join(map(printable, found.unknown_policies))
        yield f"rulings under {names} do not count here: the configuration does not have these versions"


def _clauses(found: Simulation) -> Table:
    table = _table("clause", "flips", "which", "probability moved by")
    for one in found.clauses:
        moves = ", ".join(f"{move.before} → {move.after} {_share(move.share.value)}" for move in one.moves)
        name = f"{printable(one.clause)}{'' if one.is_touched else ' ~'}"
        table.add_row(Text(name), _percent(one.flipped), moves or "-", _plain(one.shift.mean))
    return table


def _actions(found: Simulation) -> Table:
    table = _table("action, per 1,000", "before", "after", "change")
    for one in found.actions:
        figures = (_thousand(one.before), _thousand(one.after), _thousand(one.change, signed=True))
        table.add_row(action_text(one.action), *figures)
    return table


def _work(found: Simulation, queue: Queue, noun: str) -> Iterator[str]:
    held = found.taken(Action.HOLD)
    before, after, change = (queue.hours(one, found.members) for one in (held.before, held.after, held.change))
    yield (
        f"review of all {found.members:,} at {queue.seconds_per_item:g} s each: {_hours(before)} before, "
        f"{_hours(after)} after, {_hours(change, signed=True)}"
    )
    if found.cost_before.positives or found.cost_after.positives:
        cost = [f"{_money(one)} {when}" for one, when in ((found.cost_before, "before"), (found.cost_after, "after"))]
        yield f"model calls per 1,000 {noun}s: {', '.join(cost)}"


def _flip(flip: Flip) -> Iterator[Text]:
    where = f"{flip.unit[:SHORT_ID]}  " if flip.unit else ""
    sides = [
        f"{ruling}{'' if probability is None else f' {probability:.2f}'}"
        for ruling, probability in ((flip.before, flip.probability_before), (flip.after, flip.probability_after))
    ]
    said = f"{printable(flip.clause)}  {' → '.join(sides)}  "
    yield Text.assemble((where, "dim"), (said, "bold"), f"“{first_words(flip.content, 80)}”")
    for when, why in (("before", flip.why_before), ("after", flip.why_after)):
        if why:
            yield Text(f"    {when}: {short(why, 130)}", "dim")


def _clause_json(one: ClauseFlips) -> dict[str, object]:
    return {
        "clause": one.clause,
        "title": one.title,
        "touched": one.is_touched,
        "flipped": asdict(one.flipped),
        "moves": [{"before": move.before, "after": move.after, "share": asdict(move.share)} for move in one.moves],
        "probability_change": asdict(one.shift.mean),
        "raised_across_half": asdict(one.shift.raised),
        "lowered_across_half": asdict(one.shift.lowered),
        "flips": [
            {
                "unit": flip.unit,
                "text": short(flip.content.text, 200),
                "before": flip.before,
                "after": flip.after,
                "probability_before": flip.probability_before,
                "probability_after": flip.probability_after,
                "why_before": flip.why_before,
                "why_after": flip.why_after,
            }
            for flip in one.flips
        ],
    }


def _table(first: str, *rest: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first, overflow="fold")
    for heading in rest:
        table.add_column(heading, justify="right" if heading != "which" else "left", overflow="fold")
    return table


def _percent(figure: Figure) -> str:
    return _with_interval(figure, _share)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2%}"


def _plain(figure: Figure) -> str:
    return _with_interval(figure, lambda value: f"{value:+.3f}")


def _thousand(figure: Figure, *, signed: bool = False) -> str:
    return _with_interval(figure, lambda value: f"{value * 1000:{'+' if signed else ''}.1f}")


def _hours(figure: Figure, *, signed: bool = False) -> str:
    return _with_interval(figure, lambda value: f"{value:{'+' if signed else ''},.1f} h")


def _money(figure: Figure) -> str:
    return _with_interval(figure, lambda value: f"${value * 1000:,.4f}")


def _with_interval(figure: Figure, said: Callable[[float], str]) -> str:
    """The value with its 95 % interval; `-` where there is none."""
    if figure.value is None:
        return "-"
    if figure.low is None or figure.high is None or figure.low == figure.high:
        return said(figure.value)
    return f"{said(figure.value)} [{said(figure.low)}, {said(figure.high)}]"
