"""What the record says about the clauses of policies: labels, with the contents that are still kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from komainu.apps.cli.console import counted, stdout
from komainu.apps.cli.options import has_record, opened, run
from komainu.apps.settings import Settings
from komainu.domain import Policy
from komainu.learning.agreed import agreed
from komainu.learning.fit import Known
from komainu.store import Store

MOST_LABELS = 1_000_000  # of one clause


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """What the record says about the clauses of one policy."""

    known: tuple[Known, ...] = ()
    forgotten: int = 0  # labels whose content is no longer kept
    outdated: int = 0  # labels made under another version of the policy
    disputed: int = 0  # contents that as many people label one way as the other


def all_labelled(policies: Sequence[Policy], settings: Settings, *, every_version: bool) -> list[Labelled]:
    """For each policy; nothing where there is no record, and none is made."""
    if not has_record(settings):
        return [Labelled() for _ in policies]
    return run(_all_labelled(policies, settings, every_version=every_version))


def say_left_out(labelled: Labelled) -> None:
    """Print how many labels were not used, and why."""
    if labelled.outdated:
        stdout.print(
            f"{counted(labelled.outdated, 'label')} left out, made under another version of the policy "
            "(--every-version uses them)"
        )
    if labelled.disputed:
        stdout.print(f"{counted(labelled.disputed, 'content')} left out, on which people disagree")
    if labelled.forgotten:
        stdout.print(f"{counted(labelled.forgotten, 'label')} left out, whose content is no longer kept")


async def all_labelled_in(store: Store, policies: Sequence[Policy], *, every_version: bool) -> list[Labelled]:
    """For each policy, what a record that is open says."""
    return [await _labelled(policy, store, every_version=every_version) for policy in policies]


async def _all_labelled(policies: Sequence[Policy], settings: Settings, *, every_version: bool) -> list[Labelled]:
    async with opened(settings) as store:
        return await all_labelled_in(store, policies, every_version=every_version)


async def _labelled(policy: Policy, store: Store, *, every_version: bool) -> Labelled:
    known: list[Known] = []
    forgotten = outdated = disputed = 0
    for clause in policy.clauses:
        every = await store.labels(clause=clause.key, limit=MOST_LABELS)
        mine = [label for label in every if every_version or label.policy == policy.name]
        found, differing = agreed(mine)
        outdated += len(every) - len(mine)
        disputed += differing
        for label in found:
            content = await store.content(label.content)
            if content is None:
                forgotten += 1
            else:
                known.append(Known(content=content, clause=clause.id, violates=label.violates))
    return Labelled(known=tuple(known), forgotten=forgotten, outdated=outdated, disputed=disputed)
