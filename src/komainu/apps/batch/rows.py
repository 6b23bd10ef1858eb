"""Rows to judge, as they come in from files: good ones as content, bad ones with what is wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, FiniteFloat, InstanceOf, StrictInt, ValidationError

from komainu.domain import Content, Role

RowId = str | int | float | None

ROLES: Mapping[str, Role] = MappingProxyType(
    {role.value: role for role in Role}
    # What data sets call the turns of a conversation.
    | {"user": Role.PROMPT, "assistant": Role.RESPONSE, "tool": Role.TOOL_RESULT}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One content to judge, and where it stands in its file."""

    number: int  # among all rows of the file, bad ones too, from 1
    id: RowId  # as the file gives it
    content: Content

    @property
    def chars(self) -> int:
        """Code points to judge: the text and the turns before it."""
        return len(self.content.text) + sum(map(len, self.content.context))


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that cannot be judged."""

    number: int
    line: int | None  # where it starts in the file, from 1; None in formats without lines
    problem: str  # never quotes the text


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which fields of a file mean what; `context` and `id` go by their own names."""

    text: str = "text"
    role: str = "role"  # empty: roles in the file are not read
    default_role: Role = Role.POST  # of rows without one

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """What is read, and the field it is read from."""
        roles = (("role", self.role),) if self.role else ()
        return (("text", self.text), *roles, ("context", "context"), ("id", "id"))


class _Given(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    # InstanceOf: pydantic's own `str` refuses lone surrogates, which JSON escapes can spell and content may hold.
    text: InstanceOf[str]
    role: InstanceOf[str] | None = None
    context: list[InstanceOf[str]] | None = None
    id: InstanceOf[str] | StrictInt | FiniteFloat | None = None


_EXPECTED = {
    "text": "a string",
    "role": "a string",
    "context": "a list of strings",
    "id": "a string or a finite number",
}


def row_of(fields: object, *, number: int, line: int | None, columns: Columns) -> Row | BadRow:
    """The row that the fields of one record make."""
    if not isinstance(fields, Mapping):
        return BadRow(number=number, line=line, problem=f"expected an object with fields; got {_kind(fields)}")
    given = {name: fields[column] for name, column in columns.names if column in fields}
    try:
        checked = _Given.model_validate(given)
    except ValidationError as error:
        return BadRow(number=number, line=line, problem=_problem(error, fields, columns))
    role = columns.default_role if checked.role is None else ROLES.get(checked.role)
    if role is None:
        problem = f"{columns.role}: expected one of {', '.join(ROLES)}; got {checked.role!a:.60}"
        return BadRow(number=number, line=line, problem=problem)
    content = Content(text=checked.text, role=role, context=tuple(checked.context or ()))
    return Row(number=number, id=checked.id, content=content)


def _problem(error: ValidationError, fields: Mapping[object, object], columns: Columns) -> str:
    name = str(error.errors(include_url=False, include_input=False)[0]["loc"][0])
    column = dict(columns.names)[name]
    if column not in fields:
        there = ", ".join(f"{field!a:.40}" for field in list(fields)[:10]) or "none at all"
        return f"expected a field {column!r}; got {there}"
    value = fields[column]
    if isinstance(value, list):
        strangers = [_kind(part) for part in value if not isinstance(part, str)]
        if name == "context" and strangers:
            return f"{column}: expected {_EXPECTED[name]}; got {strangers[0]} in it"
    return f"{column}: expected {_EXPECTED[name]}; got {_kind(value)}"


def _kind(value: object) -> str:
    """What a value is, in the words of JSON."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case Mapping():
            return "an object"
        case _:
            return type(value).__name__
