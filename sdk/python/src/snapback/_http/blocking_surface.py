"""What callers of the blocking client hold in their hands: groups of operations, lists, streams."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Generic, TypeVar, cast

from .blocking import complete
from .call import Call, File
from .downloading import SupportsWrite, Transfer
from .paging import P, following
from .session import Session

T = TypeVar("T")
E = TypeVar("E")
Item = TypeVar("Item")


class Group:
    """The operations of one tag."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def _run(self, call: Call[T]) -> T:
        return complete(self._session.run(call))


class Pages(Generic[Item, P]):
    """A list. Iterating over it brings the items of all pages; a page is asked for when the one before it is through."""

    def __init__(self, run: Callable[[Call[P]], P], call: Call[P]) -> None:
        self._run = run
        self._call = call

    def first(self) -> P:
        """The first page, with `total`."""
        return self._run(self._call)

    def pages(self) -> Iterator[P]:
        call: Call[P] | None = self._call
        while call is not None:
            page = self._run(call)
            yield page
            call = following(call, page)

    def __iter__(self) -> Iterator[Item]:
        for page in self.pages():
            yield from cast("list[Item]", page.items)

    def __repr__(self) -> str:
        return f"<Pages of {self._call.path}: iterate, or take the first()>"


class Events(Generic[E]):
    """
    Events as they come, up to the final one. Whoever leaves early leaves no connection behind: the iterator closes it when
    nobody holds it any more, at the end of a `with`, or by `close()`.
    """

    def __init__(self, source: AsyncGenerator[E, None]) -> None:
        self._source = source

    def __iter__(self) -> Events[E]:
        return self

    def __next__(self) -> E:
        try:
            return complete(self._source.__anext__())
        except StopAsyncIteration:
            raise StopIteration from None

    def close(self) -> None:
        complete(self._source.aclose())

    def __enter__(self) -> Events[E]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        # A program that ends may have taken apart already what this needs.
        with suppress(Exception):
            self.close()


class Download:
    """
    A file as it comes, in pieces of bytes, each of which is in memory alone. It goes on where a connection is lost, and ends
    when all `size` bytes of its SHA-256 have come, or with a `SnapbackError`. It is closed at its end, at the end of a `with`, or by `close()`.
    """

    def __init__(self, transfer: Transfer) -> None:
        self._transfer = transfer

    @classmethod
    def begin(cls, session: Session, file: File) -> Download:
        transfer = Transfer(session, file)
        complete(transfer.begin())
        return cls(transfer)

    @property
    def name(self) -> str:
        """The last part of its path, as it was asked for, or that of an export. It is no safe name for a file of yours."""
        return self._transfer.name

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self._transfer.size

    def write_to(self, file: SupportsWrite) -> int:
        """Writes all of it to something that was opened for bytes, and returns how many there were."""
        with self:
            for piece in self:
                file.write(piece)
        return self.size

    def __iter__(self) -> Download:
        return self

    def __next__(self) -> bytes:
        piece = complete(self._transfer.read())
        if piece is None:
            raise StopIteration
        return piece

    def close(self) -> None:
        complete(self._transfer.close())

    def __enter__(self) -> Download:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        # A program that ends may have taken apart already what this needs.
        with suppress(Exception):
            self.close()
