"""The two clients, as one: cases are written for the asynchronous one, and see the blocking one as if it were such."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import ExitStack
from time import monotonic
from types import FrameType
from typing import TypeVar, cast

from snapback import AsyncSnapback, Snapback, SnapbackError

from .stage import Place

E = TypeVar("E", bound=SnapbackError)


class Kit:
    """What a case has: clients, and the means of their language to call something off."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.control = place.control

    def client(
        self,
        token: str | Callable[[], str] | None = None,
        *,
        timeout: float = 30,
        attempts: int = 4,
        idle: float = 45,
    ) -> AsyncSnapback:
        raise NotImplementedError

    async def called_off(self, seconds: float, work: Callable[[], Awaitable[object]]) -> float:
        """Calls work off after a while; how long that takes it to end, in seconds."""
        raise NotImplementedError

    async def refused(self, kind: type[E], work: Callable[[], Awaitable[object]]) -> E:
        """The error that work ends with."""
        try:
            found = await work()
        except kind as error:
            return error
        raise AssertionError(f"It should have been refused, and is {found!r}.")

    async def close(self) -> None:
        raise NotImplementedError


class AsyncKit(Kit):
    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._made: list[AsyncSnapback] = []

    def client(
        self,
        token: str | Callable[[], str] | None = None,
        *,
        timeout: float = 30,
        attempts: int = 4,
        idle: float = 45,
    ) -> AsyncSnapback:
        url, token = self.place.url, token or self.place.token
        made = AsyncSnapback(url, token, timeout=timeout, attempts=attempts, idle=idle)
        self._made.append(made)
        return made

    async def called_off(self, seconds: float, work: Callable[[], Awaitable[object]]) -> float:
        task = asyncio.ensure_future(work())
        await asyncio.sleep(seconds)
        began = monotonic()
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return monotonic() - began
        raise AssertionError("It was called off, and has ended as if it were not.")

    async def close(self) -> None:
        for client in self._made:
            await client.aclose()


class CalledOff(Exception):
    pass


class BlockingKit(Kit):
    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._made = ExitStack()

    def client(
        self,
        token: str | Callable[[], str] | None = None,
        *,
        timeout: float = 30,
        attempts: int = 4,
        idle: float = 45,
    ) -> AsyncSnapback:
        url, token = self.place.url, token or self.place.token
        made = Snapback(url, token, timeout=timeout, attempts=attempts, idle=idle)
        self._made.enter_context(made)
        return cast("AsyncSnapback", Shown(made))

    async def called_off(self, seconds: float, work: Callable[[], Awaitable[object]]) -> float:
        """By a signal whose handler raises, as that of Ctrl-C does."""

        def handler(number: int, frame: FrameType | None) -> None:
            raise CalledOff

        before = signal.signal(signal.SIGALRM, handler)
        due = monotonic() + seconds
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            await work()
        except CalledOff:
            return monotonic() - due
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        raise AssertionError("It was called off, and has ended as if it were not.")

    async def close(self) -> None:
        self._made.close()


class Shown:
    """Something of the blocking client. What is called is done at once; awaiting it only brings what came of it."""

    def __init__(self, target: object) -> None:
        self._target = target

    def __getattr__(self, name: str) -> object:
        # The asynchronous way to close has a name of its own.
        value: object = getattr(self._target, "close" if name == "aclose" else name)
        return Method(value) if callable(value) else Shown(value)


class Method:
    def __init__(self, target: Callable[..., object]) -> None:
        self._target = target

    def __call__(self, *arguments: object, **named: object) -> Done:
        return Done(self._target(*arguments, **named))


class Done(Shown):
    def __await__(self) -> Generator[None, None, object]:
        yield from ()
        return self._target

    def __aiter__(self) -> Iterating:
        return Iterating(iter(cast("Iterator[object]", self._target)))

    async def __aenter__(self) -> Done:
        return self

    async def __aexit__(self, *_: object) -> None:
        cast("Iterating", self._target).close()


class Iterating:
    def __init__(self, items: Iterator[object]) -> None:
        self._items = items

    def __aiter__(self) -> Iterating:
        return self

    async def __anext__(self) -> object:
        try:
            return next(self._items)
        except StopIteration:
            raise StopAsyncIteration from None

    def close(self) -> None:
        getattr(self._items, "close", lambda: None)()
