"""A policy to start from."""

import re
from importlib.resources import files
from string import Template

from komainu.errors import UsageError
from komainu.policies.frontmatter import SLUG
from komainu.policies.show import yaml_text
from komainu.policies.source import suggest

LANGUAGES = ("en", "ja")


def skeleton(policy_id: str, *, title: str, language: str = "en") -> tuple[str, str]:
    """The texts of policy.md and cases.jsonl for a new policy: a small one that works, with comments to guide edits.

    Both read and lint without errors or warnings. UsageError where id, title or language cannot be used.
    """
    if not re.fullmatch(SLUG, policy_id) or len(policy_id) > 64:
        raise UsageError(f"an id is made of small letters, digits and single hyphens, at most 64; got {policy_id!r}")
    if not title.strip() or not title.isprintable():
        raise UsageError(f"expected a title, one line of text; got {title!r}")
    if language not in LANGUAGES:
        raise UsageError(f"there is no skeleton in {language!r}; {suggest(language, LANGUAGES)}")
    words = {"id": policy_id, "title": yaml_text(title.strip()), "prefix": _prefix(policy_id)}
    policy, cases = (_template(f"{language}.{kind}").substitute(words) for kind in ("md", "jsonl"))
    return policy, cases


def _template(name: str) -> Template:
    return Template((files("komainu.policies") / "skeletons" / name).read_text(encoding="utf-8"))


def _prefix(policy_id: str) -> str:
    """Two to four letters that clause ids start with: the initials of the id, or its first two letters."""
    letters = re.findall("[a-z]", policy_id)
    initials = re.findall("(?:^|-)([a-z])", policy_id)
    return "".join(initials if len(initials) > 1 else letters)[: 4 if len(initials) > 1 else 2].upper().ljust(2, "X")
