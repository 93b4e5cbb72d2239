"""What was left out, where `None` says something of its own."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Absent(Enum):
    """The type of `ABSENT`. An enumeration of one, so that a type checker knows what is left once it is ruled out."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


#: A property that is not sent at all: it stays as it is. `None` is sent, and removes it.
ABSENT: Final = Absent.ABSENT
