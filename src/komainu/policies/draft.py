"""A policy file as it was read: every part with its place, before parts refer to each other."""

from dataclasses import dataclass

from komainu.domain import Action, ExactRules
from komainu.policies.frontmatter import FrontMatter
from komainu.policies.source import Place, Source
from komainu.policies.yaml import Yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionDraft:
    """A definition as written."""

    place: Place
    term: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseDraft:
    """A violating or an allowed clause as written."""

    place: Place
    id: str
    title: str
    text: str
    severity: int | None = None  # None: not given
    action: Action | None = None  # None: not given
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDraft:
    """One statement under Ambiguity as written."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleDraft:
    """An example as written."""

    place: Place
    ids: tuple[str, ...]  # clause ids; empty for `none`
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesDraft:
    """The exact rules of one clause as written, lists read in."""

    place: Place
    id: str
    rules: ExactRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What stands below the front matter."""

    purpose: str = ""
    definitions: tuple[DefinitionDraft, ...] = ()
    clauses: tuple[ClauseDraft, ...] = ()
    allowed: tuple[ClauseDraft, ...] = ()
    ambiguity: tuple[ItemDraft, ...] = ()
    examples: tuple[ExampleDraft, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A whole policy as written, with what it extends merged in."""

    source: Source
    head: FrontMatter
    yaml: Yaml
    start: int  # line on which the front matter ends
    body: Body
    rules: tuple[RulesDraft, ...] = ()
