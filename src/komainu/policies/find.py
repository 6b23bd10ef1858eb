"""Where policies are, and a rulebook of them."""

from collections.abc import Sequence
from pathlib import Path

import komainu
from komainu.domain import Policy, Rulebook
from komainu.errors import PolicyError
from komainu.policies.parse import POLICY_FILE, load


def load_rulebook(paths: Sequence[Path]) -> Rulebook:
    """The policies at some paths, in order; a file given twice is taken once.

    PolicyError where a path holds none, a policy is wrong, two have one id, or their precedence runs in a circle.
    """
    files: dict[Path, Path] = {}
    for path in paths:
        for file in policy_files(path):
            files.setdefault(file.resolve(), file)
    if not files:
        raise PolicyError("expected at least one policy", path="(no path)")
    policies: dict[str, tuple[Policy, Path]] = {}
    for file in files.values():
        policy = load(file)
        if policy.id in policies:
            other = policies[policy.id][1]
            problem = f"its id {policy.id!r} is also that of {other.as_posix()}; give one of them another id"
            raise PolicyError(problem, path=file.as_posix())
        policies[policy.id] = (policy, file)
    try:
        return Rulebook(policies=tuple(policy for policy, _ in policies.values()))
    except ValueError as error:
        raise PolicyError(str(error), path=", ".join(path.as_posix() for path in paths)) from None


def policy_files(path: Path) -> tuple[Path, ...]:
    """The policy files at a path, sorted: the file itself, a folder's policy.md, or all policy.md below a folder.

    Hidden folders are left out. PolicyError where there is none.
    """
    if not path.exists():
        raise PolicyError("there is no such file or folder", path=path.as_posix())
    if not path.is_dir():
        return (path,)
    if (path / POLICY_FILE).exists():
        return (path / POLICY_FILE,)
    found = sorted(file for file in path.rglob(POLICY_FILE) if not _is_hidden(file.relative_to(path)))
    if not found:
        raise PolicyError(f"the folder holds no {POLICY_FILE}, nor does any folder in it", path=path.as_posix())
    return tuple(found)


def starter_path() -> Path:
    """The folder of the starter policies: in an installed package, else in the checkout."""
    package = Path(komainu.__file__).parent
    for folder in (package / "starter", package.parent.parent / "policies"):
        if folder.is_dir():
            return folder
    raise PolicyError("the starter policies are missing; install komainu again", path=(package / "starter").as_posix())


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
