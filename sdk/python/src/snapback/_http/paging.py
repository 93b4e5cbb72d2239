"""What stands on one page of a list, and how the next one is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from .call import Call


class Paged(Protocol):
    @property
    def items(self) -> Sequence[object]: ...

    @property
    def next_cursor(self) -> str | None: ...


P = TypeVar("P", bound=Paged)


def following(call: Call[P], page: P) -> Call[P] | None:
    """
    By cursor: an item that is added or removed meanwhile neither repeats nor hides another, as it would by number.
    """
    return None if page.next_cursor is None else call.asking(cursor=page.next_cursor, offset=None)
