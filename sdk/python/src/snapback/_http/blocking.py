"""The blocking client's way of waiting."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from time import monotonic
from typing import TypeVar

import httpx

from .call import Answer
from .wire import Request, Unanswered, headers_of, unanswered, whole

T = TypeVar("T")


def complete(work: Awaitable[T]) -> T:
    """
    Runs work over a `BlockingWire` to its end. Nothing in it ever gives way, so that one step is all; a signal's handler may
    raise in the middle of it, as Ctrl-C does.
    """
    steps = work.__await__()
    try:
        next(steps)
    except StopIteration as end:
        result: T = end.value
        return result
    raise RuntimeError("Blocking work has given way, and nobody is there to take it up again.")


class BlockingWire:
    def __init__(self, http: httpx.Client, token: str | Callable[[], str]) -> None:
        self._http = http
        self._token = token

    @property
    def renewable(self) -> bool:
        return callable(self._token)

    async def token(self) -> str:
        return self._token if isinstance(self._token, str) else self._token()

    async def exchange(self, request: Request, seconds: float) -> Answer:
        clock = _Clock(seconds)
        try:
            response = self._send(request, clock.extensions)
            try:
                content = b"".join(clock.watched(response.iter_bytes()))
            finally:
                response.close()
        except httpx.RequestError as error:
            raise unanswered(error) from error
        return whole(response, content)

    async def open(self, request: Request, *, seconds: float, silence: float) -> BlockingIncoming:
        limits = {"connect": seconds, "pool": seconds, "write": seconds, "read": silence}
        try:
            return BlockingIncoming(self._send(request, {"timeout": limits}))
        except httpx.RequestError as error:
            raise unanswered(error) from error

    async def pause(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)

    def _send(self, request: Request, extensions: Mapping[str, object]) -> httpx.Response:
        built = self._http.build_request(
            request.method,
            request.url,
            headers=request.headers,
            content=request.content,
            extensions=dict(extensions),
        )
        return self._http.send(built, stream=True)


class BlockingIncoming:
    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._chunks = response.iter_bytes()

    @property
    def status(self) -> int:
        return self._response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        return headers_of(self._response)

    async def read(self) -> bytes | None:
        try:
            return next(self._chunks, None)
        except httpx.RequestError as error:
            raise unanswered(error) from error

    async def close(self) -> None:
        self._response.close()


class _Clock:
    """
    Holds a request to one time for all it does. httpx limits each wait by itself, and would begin anew with every one: the
    limits are lowered to what is left whenever the request begins another part of its work.
    """

    def __init__(self, seconds: float) -> None:
        self._deadline = monotonic() + seconds
        self._limits: dict[str, float] = {}
        self._lower()

    @property
    def extensions(self) -> Mapping[str, object]:
        return {"timeout": self._limits, "trace": lambda name, info: self._lower()}

    def watched(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The chunks of a body, which may come one by one without end."""
        for chunk in chunks:
            yield chunk
            if monotonic() > self._deadline:
                raise Unanswered(TimeoutError("the answer took too long"), sent=True, timed_out=True)

    def _lower(self) -> None:
        left = max(self._deadline - monotonic(), 0.001)
        self._limits.update(connect=left, read=left, write=left, pool=left)
