"""What callers of the asynchronous client hold in their hands: groups of operations, lists, streams."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Generic, TypeVar, cast

from .call import Call, File
from .downloading import SupportsWrite, Transfer
from .paging import P, following
from .session import Session

T = TypeVar("T")
E = TypeVar("E")
Item = TypeVar("Item")


class AsyncGroup:
    """The operations of one tag."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def _run(self, call: Call[T]) -> T:
        return await self._session.run(call)


class AsyncPages(Generic[Item, P]):
    """A list. Iterating over it brings the items of all pages; a page is asked for when the one before it is through."""

    def __init__(self, run: Callable[[Call[P]], Awaitable[P]], call: Call[P]) -> None:
        self._run = run
        self._call = call

    async def first(self) -> P:
        """The first page, with `total`."""
        return await self._run(self._call)

    async def pages(self) -> AsyncIterator[P]:
        call: Call[P] | None = self._call
        while call is not None:
            page = await self._run(call)
            yield page
            call = following(call, page)

    async def __aiter__(self) -> AsyncIterator[Item]:
        async for page in self.pages():
            for item in cast("list[Item]", page.items):
                yield item

    def __repr__(self) -> str:
        return f"<AsyncPages of {self._call.path}: iterate, or take the first()>"


class AsyncEvents(Generic[E]):
    """
    Events as they come, up to the final one. Whoever leaves early leaves no connection behind: it is closed at the end of an
    `async with`, by `aclose()`, or by the event loop, soon after nobody holds the iterator any more.
    """

    def __init__(self, source: AsyncGenerator[E, None]) -> None:
        self._source = source

    def __aiter__(self) -> AsyncEvents[E]:
        return self

    async def __anext__(self) -> E:
        return await self._source.__anext__()

    async def aclose(self) -> None:
        await self._source.aclose()

    async def __aenter__(self) -> AsyncEvents[E]:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class AsyncDownload:
    """
    A file as it comes, in pieces of bytes, each of which is in memory alone. It goes on where a connection is lost, and ends
    when all `size` bytes of its SHA-256 have come, or with a `SnapbackError`. It is closed at its end, at the end of an `async with`, or by
    `aclose()`.
    """

    def __init__(self, transfer: Transfer) -> None:
        self._transfer = transfer

    @classmethod
    async def begin(cls, session: Session, file: File) -> AsyncDownload:
        transfer = Transfer(session, file)
        await transfer.begin()
        return cls(transfer)

    @property
    def name(self) -> str:
        """The last part of its path, as it was asked for, or that of an export. It is no safe name for a file of yours."""
        return self._transfer.name

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self._transfer.size

    async def write_to(self, file: SupportsWrite) -> int:
        """Writes all of it to something that was opened for bytes, and returns how many there were."""
        async with self:
            async for piece in self:
                file.write(piece)
        return self.size

    def __aiter__(self) -> AsyncDownload:
        return self

    async def __anext__(self) -> bytes:
        piece = await self._transfer.read()
        if piece is None:
            raise StopAsyncIteration
        return piece

    async def aclose(self) -> None:
        await self._transfer.close()

    async def __aenter__(self) -> AsyncDownload:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
