"""What the two clients do differently: waiting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import httpx

from .call import Answer


@dataclass(frozen=True)
class Request:
    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | None = None


class Unanswered(Exception):
    """There is no answer, or only a part of one."""

    def __init__(self, cause: BaseException, *, sent: bool, timed_out: bool = False) -> None:
        super().__init__(str(cause))
        self.__cause__ = cause
        #: Whether the service may have heard of the request.
        self.sent = sent
        self.timed_out = timed_out


class Incoming(Protocol):
    """An answer that is still coming in."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    async def read(self) -> bytes | None:
        """The next bytes, whatever their number; `None` at the end. Raises `Unanswered` when they stay away for too long."""

    async def close(self) -> None:
        """Closes the connection unless the answer has come to its end."""


async def rest_of(incoming: Incoming) -> bytes:
    """For what is small, such as why something is refused."""
    content = b""
    while (chunk := await incoming.read()) is not None:
        content += chunk
    return content


class Wire(Protocol):
    @property
    def renewable(self) -> bool:
        """Whether another token may come when it is asked for again."""

    async def token(self) -> str: ...

    async def exchange(self, request: Request, seconds: float) -> Answer:
        """Raises `Unanswered`, after so many seconds at the latest."""

    async def open(self, request: Request, *, seconds: float, silence: float) -> Incoming:
        """
        Connects within `seconds`; from then on nothing may stay away for longer than `silence`. Raises `Unanswered`.
        """

    async def pause(self, seconds: float) -> None: ...


# Where a connection was not made, nobody has heard anything.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


def unanswered(error: httpx.RequestError) -> Unanswered:
    return Unanswered(error, sent=not isinstance(error, _NOT_SENT), timed_out=isinstance(error, httpx.TimeoutException))


def whole(response: httpx.Response, content: bytes) -> Answer:
    return Answer(response.status_code, headers_of(response), content)


def headers_of(response: httpx.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}
