"""Markdown into policies."""

import stat
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

from komainu.domain import Action, AllowedClause, Clause, Definition, ExactRules, Policy, Targets
from komainu.errors import PolicyError
from komainu.policies.body import read_body
from komainu.policies.draft import Body, ClauseDraft, Draft
from komainu.policies.exact import Read, beside, read_beside, read_rules
from komainu.policies.frontmatter import FrontMatter, read_front_matter
from komainu.policies.source import Source, suggest

POLICY_FILE = "policy.md"
DEFAULT_SEVERITY = 2
DEFAULT_ACTIONS = {1: Action.LIMIT, 2: Action.BLOCK, 3: Action.BLOCK, 4: Action.BLOCK}
_MAX_CHAIN = 10  # policies that extend one another
_MAX_READ_BYTES = 16_000_000


def parse(text: str, *, path: str, read: Read | None = None) -> Policy:
    """The policy that a Markdown text says.

    `path` names the text in errors, and what it refers to (`lists`, `extends`) is found relative to it by `read`;
    without `read` such references are refused. PolicyError shows what is wrong where.
    """
    return build(read_draft(Source.of(text, path), read))


def load(path: Path) -> Policy:
    """The policy in a file, or in a folder that holds policy.md; PolicyError shows what is wrong where."""
    return build(load_draft(path))


def load_draft(path: Path) -> Draft:
    """A policy file as written, checked like `load` except for the ids its parts name."""
    if path.is_dir() and not (path / POLICY_FILE).exists():
        raise PolicyError(f"the folder holds no {POLICY_FILE}", path=path.as_posix())
    file = path / POLICY_FILE if path.is_dir() else path
    try:
        data = read_file(file.as_posix(), "")
    except OSError as error:
        raise PolicyError(f"cannot be read: {error.strerror or error}", path=file.as_posix()) from None
    return read_draft(Source.of_bytes(data, file.as_posix()), read_file)


def read_file(path: str, within: str) -> bytes:
    """The bytes of a file; OSError where it cannot be read, or is too large to be read whole.

    Where `within` is not empty, a file outside that folder, also by symbolic link, is refused.
    """
    file = Path(path)
    if within and not file.resolve().is_relative_to(Path(within).resolve()):
        raise PermissionError("it lies outside the policy's folder")
    if not stat.S_ISREG(file.stat().st_mode):
        raise OSError("it is not a file")
    with file.open("rb") as stream:
        data = stream.read(_MAX_READ_BYTES + 1)
    if len(data) > _MAX_READ_BYTES:
        raise OSError(f"it has more than {_MAX_READ_BYTES:,} bytes; split it into several lists")
    return data


def read_draft(source: Source, read: Read | None, above: tuple[str, ...] = ()) -> Draft:
    """A policy as written, with what it extends merged in; `above` names the policies that led here."""
    head, yaml, end = read_front_matter(source)
    draft = Draft(
        source=source,
        head=head,
        yaml=yaml,
        start=end,
        body=read_body(source, end),
        rules=read_rules(source, head, yaml, read),
    )
    _refuse_twice(draft.body)
    if head.extends is None:
        return draft
    place, target = yaml.place(("extends",)), beside(source, head.extends)
    chained = (*above, source.path)
    if target in chained:
        circle = " -> ".join((*chained[chained.index(target) :], target))
        raise place.error(f"policies extend each other in a circle: {circle}; drop one extends")
    if len(chained) > _MAX_CHAIN:
        raise place.error(f"more than {_MAX_CHAIN} policies extend one another; merge some")
    data = read_beside(source, head.extends, place, read, inside=False)
    return merge(read_draft(Source.of_bytes(data, target), read, chained), draft)


def merge(base: Draft, own: Draft) -> Draft:
    """What `own` says on top of `base`: a clause or term of the same name is replaced whole, examples and rules too."""
    replaced = {clause.id for clause in chain(own.body.clauses, own.body.allowed)}
    terms = {definition.term for definition in own.body.definitions}
    examples = (
        replace(example, ids=tuple(one for one in example.ids if one not in replaced))
        for example in base.body.examples
        if not example.ids or not replaced.issuperset(example.ids)
    )
    body = Body(
        purpose=own.body.purpose or base.body.purpose,
        definitions=(
            *(definition for definition in base.body.definitions if definition.term not in terms),
            *own.body.definitions,
        ),
        clauses=_replaced(base.body.clauses, own.body.clauses),
        allowed=_replaced(base.body.allowed, own.body.allowed),
        ambiguity=(*base.body.ambiguity, *own.body.ambiguity),
        examples=(*examples, *own.body.examples),
    )
    rules = (*(rules for rules in base.rules if rules.id not in replaced), *own.rules)
    head = own.head.model_copy(update={"actions": {**base.head.actions, **own.head.actions}})
    return replace(own, head=head, body=body, rules=rules)


def build(draft: Draft) -> Policy:
    """The policy that a draft comes to; PolicyError where its parts name clauses that do not exist."""
    head, body = draft.head, draft.body
    _check_references(draft)
    if not body.clauses:
        raise draft.yaml.start.error("the policy has no clause; add `## Violates` and `### SP1 Title` with a text")
    return Policy(
        id=head.id,
        title=head.title,
        version=head.version,
        language=head.language,
        domain=head.domain,
        applies_to=head.applies_to,
        purpose=body.purpose,
        definitions=tuple(Definition(term=one.term, meaning=one.meaning) for one in body.definitions),
        clauses=tuple(_violating(draft, clause) for clause in body.clauses),
        allowed=tuple(_allowed(draft, clause) for clause in body.allowed),
        ambiguity=tuple(item.text for item in body.ambiguity),
        fine=tuple(example.text for example in body.examples if not example.ids),
        dominates=head.precedence.dominates,
        yields_to=head.precedence.yields_to,
        targets=Targets(**head.targets.model_dump()),
    )


def _violating(draft: Draft, clause: ClauseDraft) -> Clause:
    severity = clause.severity or DEFAULT_SEVERITY
    return Clause(
        policy=draft.head.id,
        id=clause.id,
        title=clause.title,
        text=clause.text,
        severity=severity,
        action=clause.action or _default_action(draft.head, severity),
        examples=tuple(_examples(draft, clause)),
        rules=_rules(draft, clause),
    )


def _allowed(draft: Draft, clause: ClauseDraft) -> AllowedClause:
    return AllowedClause(
        policy=draft.head.id,
        id=clause.id,
        title=clause.title,
        text=clause.text,
        limits=clause.limits,
        examples=tuple(_examples(draft, clause)),
        rules=_rules(draft, clause),
    )


def _default_action(head: FrontMatter, severity: int) -> Action:
    return Action.of(head.actions[severity]) if severity in head.actions else DEFAULT_ACTIONS[severity]


def _examples(draft: Draft, clause: ClauseDraft) -> Iterator[str]:
    return (example.text for example in draft.body.examples if clause.id in example.ids)


def _rules(draft: Draft, clause: ClauseDraft) -> ExactRules:
    own = [one.rules for one in draft.rules if one.id == clause.id]
    return ExactRules(
        phrases=tuple(chain.from_iterable(rules.phrases for rules in own)),
        words=tuple(chain.from_iterable(rules.words for rules in own)),
        patterns=tuple(chain.from_iterable(rules.patterns for rules in own)),
        hashes=tuple(chain.from_iterable(rules.hashes for rules in own)),
    )


def _replaced(base: tuple[ClauseDraft, ...], own: tuple[ClauseDraft, ...]) -> tuple[ClauseDraft, ...]:
    mine = {clause.id: clause for clause in own}
    return (*(mine.pop(clause.id, clause) for clause in base), *mine.values())


def _refuse_twice(body: Body) -> None:
    seen: dict[str, ClauseDraft] = {}
    for clause in chain(body.clauses, body.allowed):
        if clause.id in seen:
            raise clause.place.error(f"the clause id {clause.id} is taken on line {seen[clause.id].place.line}")
        seen[clause.id] = clause


def _check_references(draft: Draft) -> None:
    violating = [clause.id for clause in draft.body.clauses]
    known = {*violating, *(clause.id for clause in draft.body.allowed)}
    for clause in draft.body.allowed:
        for clause_id in clause.limits:
            if clause_id not in violating:
                problem = (
                    f"{clause.id} limits {clause_id!r}, which is no violating clause; {suggest(clause_id, violating)}"
                )
                raise clause.place.error(problem)
    for example in draft.body.examples:
        for clause_id in example.ids:
            if clause_id not in known:
                advice = suggest(clause_id, sorted(known | {"none"}))
                raise example.place.error(f"the example is of {clause_id!r}, which is no clause; {advice}")
        if len({clause_id in violating for clause_id in example.ids}) > 1:
            raise example.place.error(f"an example violates or is allowed; got both: {', '.join(example.ids)}")
    for rules in draft.rules:
        if rules.id not in known:
            raise rules.place.error(f"rules of {rules.id!r}, which is no clause; {suggest(rules.id, sorted(known))}")
    for name in ("dominates", "yields_to"):
        if draft.head.id in getattr(draft.head.precedence, name):
            raise draft.yaml.place(("precedence", name)).error("a policy neither dominates nor yields to itself")
