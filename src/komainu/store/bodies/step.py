"""A step <-> its body."""

from komainu.domain import State, Step, StepKind
from komainu.store.bodies.text import Body, pack, pack_name, read_moment, unpack, whole, write_moment, write_number


def write_step(step: Step) -> Body:
    """The body; all of the step but its id."""
    return {
        "about": pack(step.about),
        "approvals": whole(step.approvals, "how many approvals are needed"),
        "by": pack(step.by),
        "kind": step.kind.value,
        "share": write_number(step.share),
        "skips_trial": step.skips_trial,
        "state": step.state.value,
        "subject": pack_name(step.subject, "the subject of a step"),
        "taken_at": write_moment(step.taken_at),
        "why": pack(step.why),
    }


def read_step(step_id: str, body: Body) -> Step:
    """The step that was written."""
    return Step(
        id=unpack(step_id),
        about=unpack(body["about"]),
        approvals=body["approvals"],
        kind=StepKind(body["kind"]),
        skips_trial=body["skips_trial"],
        by=unpack(body["by"]),
        share=float(body["share"]),
        state=State(body["state"]),
        subject=unpack(body["subject"]),
        taken_at=read_moment(body["taken_at"]),
        why=unpack(body["why"]),
    )
