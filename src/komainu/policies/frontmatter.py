"""The front matter of a policy: what it may hold, and errors where it holds something else."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from komainu.domain import Role
from komainu.errors import PolicyError
from komainu.policies.source import Source, suggest
from komainu.policies.yaml import Path, Yaml, read_yaml

_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"

_Slug = Annotated[str, Field(pattern=SLUG, max_length=64)]
_Text = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RulesPart(_Part):
    """The exact rules of one clause."""

    phrases: tuple[_Text, ...] = ()
    words: tuple[_Text, ...] = ()
    patterns: tuple[_Text, ...] = ()
    lists: tuple[_Text, ...] = ()
    hashes: tuple[_Text, ...] = ()


class PrecedencePart(_Part):
    """The policies that this one dominates, and those it yields to."""

    dominates: tuple[_Slug, ...] = ()
    yields_to: tuple[_Slug, ...] = ()


class TargetsPart(_Part):
    """What the policy demands of its own test suite."""

    max_wrong: _Share | None = None
    max_held: _Share | None = None
    min_recall: _Share | None = None


class LintPart(_Part):
    """Findings that the policy's owner has accepted."""

    allow: tuple[_Text, ...] = ()


class FrontMatter(_Part):
    """Everything a front matter may hold."""

    id: _Slug
    title: _Text
    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+-]*$", max_length=64)]
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")]
    domain: str = ""
    applies_to: tuple[Role, ...] = ()
    extends: _Text | None = None
    precedence: PrecedencePart = PrecedencePart()
    rules: dict[str, RulesPart] = {}
    targets: TargetsPart = TargetsPart()
    actions: dict[Annotated[int, Field(ge=1, le=4)], Literal["limit", "hold", "block"]] = {}
    lint: LintPart = LintPart()
    owner: object = None
    description: object = None
    status: object = None
    tags: object = None


_PARTS: dict[str, type[BaseModel]] = {
    "lint": LintPart,
    "precedence": PrecedencePart,
    "rules": RulesPart,
    "targets": TargetsPart,
}
_EXPECTED = {
    "dict_type": "expected `key: value` lines",
    "model_type": "expected `key: value` lines",
    "string_too_short": "expected some text",
    "string_type": "expected some text",
    "tuple_type": "expected a list, [one, two] or `- one` lines",
}
_SHAPES = {
    "language": "a two-letter code such as en or ja",
    "version": "a version such as 1.0.0: letters, digits, dots, plus and minus",
}


def read_front_matter(source: Source) -> tuple[FrontMatter, Yaml, int]:
    """The front matter, the places of its parts, and the line it ends on; PolicyError shows what is wrong where."""
    end = _end(source)
    yaml = read_yaml(source, end)
    try:
        return FrontMatter.model_validate(yaml.data), yaml, end
    except ValidationError as error:
        found = error.errors(include_url=False)
        # A mistyped key is also missing under its right name; what was typed says more.
        mistyped = [one for one in found if one["type"] == "extra_forbidden"]
        raise _shown((mistyped or found)[0], yaml) from None


def _end(source: Source) -> int:
    if source.lines[0].rstrip() != "---":
        raise source.at(1).error("expected a front matter: `---`, then `key: value` lines, then `---`")
    for number, line in enumerate(source.lines[1:], start=2):
        if line.rstrip() == "---":
            return number
    raise source.at(1).error("the front matter is never closed; end it with a line `---`")


def _shown(error: ErrorDetails, yaml: Yaml) -> PolicyError:
    path: Path = tuple(error["loc"])
    name = ".".join(str(step) for step in path if step != "[key]")
    if error["type"] == "extra_forbidden":
        advice = suggest(str(path[-1]), _known(path[:-1]))
        return yaml.keys[path].error(f"unknown key {name!r} in the front matter; {advice}")
    if error["type"] == "missing":
        return yaml.place(path[:-1]).error(f"the front matter has no {name!r}; add a line `{name}: ...`")
    place = yaml.keys[path[:-1]] if path[-1] == "[key]" else yaml.place(path)
    if error["type"] in {"enum", "literal_error"}:
        known = [role.value for role in Role] if error["type"] == "enum" else ["limit", "hold", "block"]
        return place.error(f"{name}: there is no {error['input']!r} here; {suggest(str(error['input']), known)}")
    return place.error(f"{name}: {_expected(error, path)}; got {_got(error['input'])}")


def _known(path: Path) -> tuple[str, ...]:
    return tuple((_PARTS[str(path[0])] if path else FrontMatter).model_fields)


def _expected(error: ErrorDetails, path: Path) -> str:
    kind = error["type"]
    if kind in _EXPECTED:
        return _EXPECTED[kind]
    if kind in {"string_pattern_mismatch", "string_too_long"}:
        return f"expected {_SHAPES.get(str(path[0]), 'small letters, digits and single hyphens, at most 64')}"
    if path[0] in {"actions", "targets"}:
        return "expected a severity, 1 to 4" if path[0] == "actions" else "expected a share, 0 to 1"
    return error["msg"]


def _got(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, list):
        return "a list"
    return "keys and values" if isinstance(value, dict) else repr(value)
