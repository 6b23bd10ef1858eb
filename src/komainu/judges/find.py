"""Judges by name, found by entry points: ours the same way as anybody's."""

from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from komainu.errors import JudgeError
from komainu.judges.protocol import Judge

GROUP = "komainu.judges"


def judge_names() -> tuple[str, ...]:
    """The names under which judges are installed, sorted."""
    return tuple(sorted({entry.name for entry in entry_points(group=GROUP)}))


def find_judge(name: str, options: Mapping[str, object] | None = None) -> Judge:
    """The judge installed under `name`, made with `options` as keyword arguments.

    JudgeError where there is none of that name, where its module cannot be imported, where it cannot be made with the
    options, or where what comes out is not a judge.
    """
    for entry in entry_points(group=GROUP):
        if entry.name == name:
            return _made(entry, options or {})
    raise JudgeError(f"expected an installed judge ({', '.join(judge_names())}); got {name!r}")


def _made(entry: EntryPoint, options: Mapping[str, object]) -> Judge:
    try:
        make = cast(Callable[..., object], entry.load())
    except (ImportError, AttributeError) as error:
        raise JudgeError(f"judge {entry.name!r} ({entry.value}) cannot be imported: {error}") from error
    try:
        judge = make(**options)
    except (TypeError, ValueError, OSError) as error:
        raise JudgeError(f"judge {entry.name!r} cannot be made with options {sorted(options)}: {error}") from error
    if not isinstance(judge, Judge):
        raise JudgeError(f"judge {entry.name!r} ({entry.value}) is no judge: it needs `name` and `judge()`")
    return judge
