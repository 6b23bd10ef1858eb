"""What rulings come to where a policy in one of two versions stands beside others."""

from collections.abc import Iterator, Mapping, Sequence

from komainu.domain import Action, Decision, Policy, Rulebook, Ruling
from komainu.errors import PolicyError


class Surface:
    """The policies among which a policy was, or will be, in force.

    On the clauses of other policies a decision's recorded rulings stand, as far as those policies are known here in the
    version it was made under.
    """

    def __init__(self, old: Policy, new: Policy, policies: Sequence[Policy] = ()) -> None:
        """`policies` are those of the rulebook in its order, with the policy in whatever version.

        PolicyError where the new version's precedence does not go with theirs.
        """
        self._ids = {old.id, new.id}
        self._others = tuple(one for one in policies if one.id not in self._ids)
        self._books: dict[tuple[str, ...], Rulebook] = {}
        for version in (old, new):
            self._book(version, self._others)
        placed = tuple(old if one.id in self._ids else one for one in policies)
        known = {old.id for one in placed if one is old}
        whole = Rulebook(policies=placed).digest if known and placed.count(old) == 1 else ""
        self.digests = frozenset({Rulebook(policies=(old,)).digest, whole} - {""})  # of rulebooks with the old version

    def action(self, version: Policy, rulings: Mapping[str, Ruling], decision: Decision | None) -> Action:
        """What rulings on the clauses of that version come to, with what is on record about other policies."""
        names = decision.policies if decision is not None else ()
        others = tuple(one for one in self._others if one.name in names)
        ids = {one.id for one in others}
        recorded = decision.rulings.items() if decision is not None else ()
        beside = {key: ruling for key, ruling in recorded if key.partition("/")[0] in ids}
        return self._book(version, others).action({**beside, **rulings})

    def unknown(self, decision: Decision) -> Iterator[str]:
        """Policies (id@version) that the decision was also made under and that are not known here."""
        known = {one.name for one in self._others}
        for name in decision.policies:
            if name not in known and name.partition("@")[0] not in self._ids:
                yield name

    def _book(self, version: Policy, others: Sequence[Policy]) -> Rulebook:
        names = (version.digest, *(one.digest for one in others))
        found = self._books.get(names)
        if found is None:
            try:
                found = self._books[names] = Rulebook(policies=(version, *others))
            except ValueError as error:
                raise PolicyError(str(error), path=version.name) from None
        return found
