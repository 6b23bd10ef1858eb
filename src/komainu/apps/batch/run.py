"""What a batch run was begun with: kept beside its output, so that it can go on after an interruption."""

import hashlib
import os
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from komainu.cascade import Cascade, Stage
from komainu.domain.digest import digest_of
from komainu.errors import InputError, UsageError

_DIGEST_BYTES = 1024 * 1024


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InputFile(_Kept):
    """An input, by what is cheap to know of it."""

    name: str  # without folders, so that it may be moved
    bytes: int
    start: str  # SHA-256 of its first MiB


class Plan(_Kept):
    """All that shapes the output; a run goes on only under the plan it was begun with."""

    input: InputFile
    columns: tuple[str, str, str]  # field of the text, field of the role, role of rows without one
    full: bool  # whole decisions in the output
    errors: str  # name of the file of bad rows
    rulebook: str  # digest
    policies: tuple[str, ...]  # id@version
    judges: tuple[str, ...]  # name@version, by stage
    cascade: str  # digest of judges, thresholds, timeouts
    store: str  # digest of its address, which may hold a password
    later: bool = False  # whether slow judges were left to `settle`
    # Versions of policies under trial, by subject, and on which shares. They do not keep a run from going on: it does
    # so without those that were taken back since.
    canaries: Mapping[str, float] = {}


class Finish(_Kept):
    """How a run ended."""

    finished_at: datetime  # aware, UTC
    bad: int  # rows
    actions: Mapping[str, int]  # rows by action


class Run(_Kept):
    """One batch run, over all its interruptions."""

    run: str  # UUID; the ids of the decisions follow from it
    plan: Plan
    started_at: datetime  # aware, UTC
    finish: Finish | None = None

    def decision_id(self, row: int) -> str:
        """The id of the decision on a row: the same one in every attempt, so that none is recorded twice."""
        return str(uuid.uuid5(uuid.UUID(self.run), str(row)))


_MEANINGS = {
    "input": "input file",
    "columns": "--text-field, --role-field or --role",
    "full": "--full",
    "errors": "--errors",
    "policies": "policies",
    "rulebook": "policies (an edited policy keeps its version, not its digest)",
    "judges": "judges",
    "cascade": "thresholds, timeouts or order of the stages",
    "store": "record (--store)",
    "later": "--later",
}


_DIGESTS = ("rulebook", "cascade", "store")  # say nothing to a reader


def _refuse_other_plan(out: Path, begun: Plan, now: Plan) -> None:
    """UsageError where a run was begun with another plan; says what differs, and how it was."""
    for field, meaning in _MEANINGS.items():
        was, given = getattr(begun, field), getattr(now, field)
        if was != given:
            said = "" if field in _DIGESTS else f": expected {_shown(was)}; got {_shown(given)}"
            raise UsageError(
                f"{out}: this run was begun with another {meaning}{said}. "
                "Resume it with what it was begun with, or begin a new run with another --out."
            )


def _shown(value: object) -> str:
    if isinstance(value, InputFile):
        return f"{value.name} ({value.bytes:,} bytes, starting {value.start[:8]})"
    if isinstance(value, tuple):
        return ", ".join(map(repr, value))
    return str(value)


def input_file(path: Path) -> InputFile:
    """What is kept of an input; InputError where it cannot be read."""
    try:
        with path.open("rb") as file:
            start = hashlib.sha256(file.read(_DIGEST_BYTES)).hexdigest()
            return InputFile(name=path.name, bytes=os.fstat(file.fileno()).st_size, start=start)
    except FileNotFoundError:
        raise InputError(f"{path}: expected a file to read; there is none") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error


def cascade_digest(cascade: Cascade) -> str:
    """Names all that makes a cascade rule as it does."""
    return digest_of(cascade.stops_early, [_stage_said(stage) for stage in cascade.stages])


def _stage_said(stage: Stage) -> tuple[object, ...]:
    by_clause = sorted(
        (key, repr(given.clear_below), repr(given.violated_from)) for key, given in stage.by_clause.items()
    )
    thresholds = (repr(stage.thresholds.clear_below), repr(stage.thresholds.violated_from))
    tried = (stage.canary.judge.name, repr(stage.canary.share)) if stage.canary is not None else ()
    return (stage.judge.name, *thresholds, by_clause, repr(stage.timeout_seconds), *tried)


def store_digest(store: str) -> str:
    """Names a store by its address, whatever the working directory and the password."""
    if "://" in store:
        return digest_of(re.sub(r"(://[^:/@]*):[^/]*@", r"\1@", store))
    return digest_of(str(Path(store).expanduser().absolute()))


def run_path(out: Path) -> Path:
    """Where the run that writes `out` is kept."""
    return out.with_name(f"{out.name}.run.json")


def begin(out: Path, errors: Path, plan: Plan, *, resume: bool) -> Run:
    """The run to go on with where `resume` finds one, else a new one, not yet kept.

    UsageError where a file of a run is in the way, or a run was begun with another plan.
    """
    there = [path for path in (out, run_path(out), errors) if path.exists()]
    if there and not resume:
        raise UsageError(
            f"{there[0]}: expected no such file, since nothing is overwritten; "
            "go on with --resume, or choose another --out"
        )
    run = read_run(out)
    if run is not None:
        _refuse_other_plan(out, run.plan, plan)
        if run.finish is not None and not out.exists():
            raise UsageError(f"{out}: expected the output of the finished run; it is gone: begin anew without --resume")
        return run
    for path in there:
        if path.stat().st_size:
            raise UsageError(f"{path}: expected {run_path(out).name} beside it, to resume from; there is none")
    return Run(run=str(uuid.uuid4()), plan=plan, started_at=datetime.now(UTC))


def read_run(out: Path) -> Run | None:
    """The run that writes `out`, or None where none was begun."""
    path = run_path(out)
    try:
        return Run.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise UsageError(f"{path}: expected the run that writes {out.name}; {error}") from error


def write_run(out: Path, run: Run) -> None:
    """Keep the run: the whole of it or, after a crash, the one before."""
    path = run_path(out)
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with unfinished.open("wb") as file:
            file.write(run.model_dump_json(indent=2).encode())
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
