"""The asynchronous client's way of waiting, on asyncio or Trio."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import anyio
import httpx

from .call import Answer
from .wire import Request, Unanswered, headers_of, unanswered, whole


class SuspendingWire:
    def __init__(self, http: httpx.AsyncClient, token: str | Callable[[], str | Awaitable[str]]) -> None:
        self._http = http
        self._token = token

    @property
    def renewable(self) -> bool:
        return callable(self._token)

    async def token(self) -> str:
        if isinstance(self._token, str):
            return self._token
        found = self._token()
        return found if isinstance(found, str) else await found

    async def exchange(self, request: Request, seconds: float) -> Answer:
        try:
            with anyio.fail_after(seconds):
                response = await self._send(request, httpx.Timeout(None, connect=seconds, pool=seconds))
                try:
                    content = await response.aread()
                finally:
                    await response.aclose()
        except TimeoutError as error:
            raise Unanswered(error, sent=True, timed_out=True) from error
        except httpx.RequestError as error:
            raise unanswered(error) from error
        return whole(response, content)

    async def open(self, request: Request, *, seconds: float, silence: float) -> SuspendingIncoming:
        try:
            return SuspendingIncoming(await self._send(request, httpx.Timeout(seconds, read=silence)))
        except httpx.RequestError as error:
            raise unanswered(error) from error

    async def pause(self, seconds: float) -> None:
        if seconds > 0:
            await anyio.sleep(seconds)

    async def _send(self, request: Request, timeout: httpx.Timeout) -> httpx.Response:
        built = self._http.build_request(
            request.method, request.url, headers=request.headers, content=request.content, timeout=timeout
        )
        return await self._http.send(built, stream=True)


class SuspendingIncoming:
    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._chunks = response.aiter_bytes()

    @property
    def status(self) -> int:
        return self._response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        return headers_of(self._response)

    async def read(self) -> bytes | None:
        try:
            return await anext(self._chunks, None)
        except httpx.RequestError as error:
            raise unanswered(error) from error

    async def close(self) -> None:
        await self._response.aclose()
