"""Judges by name, found by entry points: ours the same way as anybody's."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from inspect import Parameter, signature
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
    _expect_options(entry.name, make, options)
    try:
        judge = make(**options)
    except (TypeError, ValueError, OSError) as error:
        raise JudgeError(f"judge {entry.name!r} cannot be made with options {sorted(options)}: {error}") from error
    if not isinstance(judge, Judge):
        raise JudgeError(f"judge {entry.name!r} ({entry.value}) is no judge: it needs `name` and `judge()`")
    return judge


def _expect_options(name: str, make: Callable[..., object], options: Mapping[str, object]) -> None:
    """JudgeError where an option is unknown or missing, in the words of whoever wrote the configuration."""
    try:
        taken = signature(make).parameters.values()
    except (TypeError, ValueError):  # made in another language than Python: it says itself what it takes
        return
    if any(one.kind is Parameter.VAR_KEYWORD for one in taken):
        return
    named = [one for one in taken if one.kind is not Parameter.VAR_POSITIONAL]
    known = [one.name for one in named]
    for option in options:
        if option not in known:
            close = get_close_matches(option, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"it takes {', '.join(known) or 'none'}"
            raise JudgeError(f"judge {name!r} has no option {option!r} ({hint})")
    required = [
        one.name for one in taken if one.default is Parameter.empty and one.kind is not Parameter.VAR_POSITIONAL
    ]
    if missing := [option for option in required if option not in options]:
        raise JudgeError(f"judge {name!r} needs {' and '.join(map(repr, missing))} in [stages.options]")
