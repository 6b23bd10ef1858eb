"""A label <-> its body."""

from komainu.domain import Label
from komainu.store.bodies.text import Body, pack, pack_name, read_moment, unpack, write_moment


def write_label(label: Label) -> Body:
    """The body; all of the label but its id."""
    return {
        "clause": pack_name(label.clause, "the clause of a label"),
        "content": pack_name(label.content, "the content of a label"),
        "labelled_at": write_moment(label.labelled_at),
        "policy": pack(label.policy),
        "source": pack(label.source),
        "violates": label.violates,
    }


def read_label(label_id: str, body: Body) -> Label:
    """The label that was written."""
    return Label(
        id=unpack(label_id),
        content=unpack(body["content"]),
        clause=unpack(body["clause"]),
        policy=unpack(body["policy"]),
        violates=body["violates"],
        source=unpack(body["source"]),
        labelled_at=read_moment(body["labelled_at"]),
    )
