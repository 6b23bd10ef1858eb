"""What is done with a content."""

from enum import IntEnum


class Action(IntEnum):
    """What is done with a content, from mildest to severest: `max` picks the severest."""

    ALLOW = 0
    LIMIT = 1  # shown to fewer people, or with a warning
    HOLD = 2  # kept back until a person has ruled
    BLOCK = 3

    @property
    def label(self) -> str:
        """The word used in records and output: `allow`, `limit`, `hold` or `block`."""
        return self.name.lower()

    @classmethod
    def of(cls, label: str) -> "Action":
        """The action of that label; ValueError names the four that exist."""
        try:
            return cls[label.upper()]
        except KeyError:
            raise ValueError(f"expected one of allow, limit, hold, block; got {label!r}") from None
