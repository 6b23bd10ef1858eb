"""How a clause stands for one content."""

from enum import StrEnum


class Ruling(StrEnum):
    """How a clause stands: settled either way, or not settled by any judge."""

    CLEAR = "clear"
    VIOLATED = "violated"
    OPEN = "open"
