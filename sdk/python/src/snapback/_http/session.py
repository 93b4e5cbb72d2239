"""Sends what is asked for, again where that is safe, and listens to streams."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from time import monotonic
from typing import TypeVar

from ..errors import SnapbackError
from .call import Answer, Call, M, Stream, header_text
from .listening import Event, listen
from .refusals import no_answer, refusal, unreadable
from .retrying import PASSING, pause_after
from .wire import Request, Unanswered, Wire

T = TypeVar("T")

#: For how long one who waits for something long bears that the service does not answer, as while it is restarted.
_PATIENCE = 60.0


class Session:
    def __init__(self, wire: Wire, base_url: str, *, timeout: float, attempts: int, idle: float) -> None:
        self.wire = wire
        self.base_url = base_url
        self.timeout = timeout
        self.attempts = attempts
        self.idle = idle

    async def run(self, call: Call[T]) -> T:
        """What the service answers, or a `SnapbackError`; after `timeout` at the latest, all tries together."""
        deadline = monotonic() + self.timeout
        unsure = False
        tries = 0
        while True:
            tries += 1
            try:
                answer = await self.wire.exchange(await self._request(call), max(deadline - monotonic(), 0.001))
            except Unanswered as failure:
                error: SnapbackError = no_answer(failure, changes=call.changes)
            else:
                if answer.status in call.accepted:
                    return _read(call, answer)
                if answer.status == 404 and unsure and call.removes:
                    # An earlier try has removed it, and its answer was lost.
                    return _read(call, answer)
                error = refusal(answer, changes=call.changes)
            passing = error.status is None or error.status in PASSING
            unsure = unsure or error.outcome_unknown
            # A refusal for good says that the tries before it have done nothing either.
            error.outcome_unknown = unsure and passing
            wait = pause_after(tries, random.random()) if error.retry_after is None else error.retry_after
            may_repeat = call.repeatable and passing and tries < self.attempts
            if not may_repeat or monotonic() + wait >= deadline:
                # What cannot come in time is not waited for.
                raise error
            await self.wire.pause(wait)

    async def insist(self, call: Call[T], patience: float = _PATIENCE) -> T:
        """
        Asks on while the service does not answer: who has waited for an hour should not give up because it is restarted.
        """
        deadline = monotonic() + patience
        while True:
            try:
                return await self.run(call)
            except SnapbackError as error:
                passing = error.status is None or error.status in PASSING
                if not passing or monotonic() >= deadline:
                    raise
            await self.wire.pause(1.0)

    def listen(self, stream: Stream[M], *, until: float | None = None) -> AsyncGenerator[Event[M] | None, None]:
        """
        Each event up to the final one, whatever happens to connections; `None` whenever nothing was heard for `idle`.
        Past `until`, on the monotonic clock, it raises a `SnapbackTimeoutError`.
        """
        return listen(self, stream, until)

    async def watch(self, stream: Stream[M]) -> AsyncGenerator[M, None]:
        """The events of a stream alone."""
        async with aclosing(self.listen(stream)) as events:
            async for event in events:
                if event is not None:
                    yield event.data

    async def headers(self, given: dict[str, str], *, authorized: bool = True) -> dict[str, str]:
        if not authorized:
            return given
        token = header_text(await self.wire.token(), "A token")
        return {**given, "Authorization": f"Bearer {token}"}

    async def _request(self, call: Call[T]) -> Request:
        given = {name: value for name, value in call.headers.items() if value is not None}
        content = call.content
        if content is not None:
            given["Content-Type"] = "application/json"
        headers = await self.headers(given, authorized=call.authorized)
        return Request(call.method, self.base_url + call.target, headers, content)


def _read(call: Call[T], answer: Answer) -> T:
    try:
        return call.read(answer)
    except ValueError as error:
        raise unreadable(answer, error) from error
