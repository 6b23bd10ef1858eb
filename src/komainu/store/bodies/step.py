"""A step <-> its body."""

from komainu.domain import State, Step
from komainu.store.bodies.text import Body, pack, pack_name, read_moment, unpack, write_moment, write_number


def write_step(step: Step) -> Body:
    """The body; all of the step but its id."""
    return {
        "by": pack(step.by),
        "share": write_number(step.share),
        "state": step.state.value,
        "subject": pack_name(step.subject, "the subject of a step"),
        "taken_at": write_moment(step.taken_at),
        "why": pack(step.why),
    }


def read_step(step_id: str, body: Body) -> Step:
    """The step that was written."""
    return Step(
        id=unpack(step_id),
        by=unpack(body["by"]),
        share=float(body["share"]),
        state=State(body["state"]),
        subject=unpack(body["subject"]),
        taken_at=read_moment(body["taken_at"]),
        why=unpack(body["why"]),
    )
