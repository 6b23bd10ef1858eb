"""All checks over all policies of a path."""

from collections.abc import Iterator
from pathlib import Path

from komainu.errors import PolicyError
from komainu.policies.find import policy_files
from komainu.policies.lint import examples, size, structure, tests, wording
from komainu.policies.lint.finding import Finding, Hit
from komainu.policies.lint.registry import REGISTRY
from komainu.policies.lint.silence import is_silenced
from komainu.policies.lint.subject import Subject
from komainu.policies.parse import build, load_draft

MODULES = (structure, wording, examples, tests, size)  # importing them enters their checks


def lint(path: Path) -> tuple[Finding, ...]:
    """What is wrong or weak at a path: a policy file, a policy's folder, or a folder of policies; in order of place.

    A policy that cannot be read is a finding (K100); PolicyError where the path holds no policy at all. What a policy
    takes over by `extends` is reported for the policy that says it.
    """
    subjects: list[Subject] = []
    findings: list[Finding] = []
    for file in policy_files(path):
        try:
            draft = load_draft(file)
            subjects.append(Subject.of(draft, build(draft)))
        except PolicyError as error:
            hit = Hit(message=error.problem, path=error.path, line=error.line, column=error.column)
            findings.append(structure.UNREADABLE.finding(hit))
    for subject in subjects:
        findings += _accepted_left_out(subject, _check(subject))
    for subject, reused in structure.reused_ids(subjects):
        findings += _accepted_left_out(subject, iter([reused]))
    return tuple(sorted(set(findings), key=lambda one: (one.path, one.line, one.column, one.code, one.message)))


def _check(subject: Subject) -> Iterator[Finding]:
    own = {subject.draft.source.path, subject.cases_path.as_posix()}
    for one in REGISTRY.values():
        for hit in one.check(subject) if one.check else ():
            if hit.path in own:
                yield one.finding(hit)


def _accepted_left_out(subject: Subject, findings: Iterator[Finding]) -> Iterator[Finding]:
    return (finding for finding in findings if not is_silenced(finding, subject))
