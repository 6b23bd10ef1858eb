"""The test suite of a policy: cases.jsonl beside it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from komainu.domain import Content, Policy, Role
from komainu.errors import InputError
from komainu.policies.source import not_utf8, suggest

CASES_FILE = "cases.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One content and the clauses of the policy that it violates."""

    id: str
    text: str
    role: Role
    context: tuple[str, ...] = ()
    violates: tuple[str, ...]  # clause ids; empty: the content is allowed
    why: str = ""
    tags: tuple[str, ...] = ()
    line: int = 0  # in the file, from 1

    @property
    def content(self) -> Content:
        """What a judge gets."""
        return Content(text=self.text, role=self.role, context=self.context)


class _CaseLine(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: str = Field(min_length=1)
    text: str
    role: Role = Field(default=Role.POST, strict=False)
    context: list[str] = []
    violates: list[str]
    why: str = ""
    tags: list[str] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseProblem:
    """What is wrong with a file of cases, and where."""

    line: int  # from 1; 0: the whole file
    problem: str


def load_cases(path: Path, policy: Policy | None = None) -> tuple[Case, ...]:
    """The cases in a file, or beside a policy file, or in a policy's folder.

    InputError names file and line where a line is no case, an id is used twice, or, where the policy is given, a case
    names a clause that the policy does not have.
    """
    file = cases_file(path)
    cases, problems = read_cases(file, policy)
    for first in problems:
        raise InputError(f"{file}:{first.line}: {first.problem}" if first.line else f"{file}: {first.problem}")
    return cases


def read_cases(file: Path, policy: Policy | None) -> tuple[tuple[Case, ...], tuple[CaseProblem, ...]]:
    """The cases in a file that can be read, and everything that is wrong with the file."""
    cases: list[Case] = []
    problems: list[CaseProblem] = []
    try:
        text = file.read_bytes().decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        return (), (CaseProblem(line=0, problem=not_utf8(error)),)
    except OSError as error:
        return (), (CaseProblem(line=0, problem=f"the cases cannot be read: {error.strerror or error}"),)
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            case = _case(line, number)
        except ValidationError as error:
            problems.append(CaseProblem(line=number, problem=_problem(error)))
            continue
        problems += (CaseProblem(line=number, problem=problem) for problem in _clashes(case, cases, policy))
        cases.append(case)
    return tuple(cases), tuple(problems)


def cases_file(path: Path) -> Path:
    """Where the cases of a policy stand: its folder, its file, or the cases themselves may be given."""
    if path.is_dir():
        return path / CASES_FILE
    return path.with_name(CASES_FILE) if path.suffix == ".md" else path


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: {not_utf8(error)}") from None
    except OSError as error:
        raise InputError(f"{file}: the cases cannot be read: {error.strerror or error}") from None


def _case(line: str, number: int) -> Case:
    read = _CaseLine.model_validate_json(line)
    return Case(
        id=read.id,
        text=read.text,
        role=read.role,
        context=tuple(read.context),
        violates=tuple(read.violates),
        why=read.why,
        tags=tuple(read.tags),
        line=number,
    )


def _problem(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    name = ".".join(map(str, first["loc"]))
    match first["type"]:
        case "json_invalid":
            return f"expected one JSON object: {first['msg']}"
        case "missing":
            return f"the case has no {name!r}"
        case "extra_forbidden":
            return f"unknown key {name!r}; {suggest(name, _CaseLine.model_fields)}"
        case "enum":
            return (
                f"role: there is no {first['input']!r}; {suggest(str(first['input']), [role.value for role in Role])}"
            )
        case _:
            return f"{name or 'the case'}: {first['msg']}"


def _clashes(case: Case, earlier: list[Case], policy: Policy | None) -> Iterator[str]:
    for other in earlier:
        if other.id == case.id:
            yield f"the case id {case.id!r} is taken on line {other.line}"
    known = [clause.id for clause in policy.clauses] if policy else []
    for clause_id in case.violates if policy else ():
        if clause_id not in known:
            yield f"{clause_id!r} is no violating clause of the policy; {suggest(clause_id, known)}"
