"""Listens to a stream of events until its subject has ended, over as many connections as that takes."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Generic

from ..errors import NoAnswerError, SnapbackError, SnapbackTimeoutError
from .call import Answer, M, Stream
from .refusals import no_answer, refusal, unreadable
from .retrying import PASSING, pause_after
from .sse import MessageReader
from .wire import Incoming, Request, Unanswered, rest_of

if TYPE_CHECKING:
    from .session import Session

#: How many connections in a row may bring nothing, not even a sign of life, before a stream is given up.
_BARREN = 10
_TOKEN_EXPIRED = "token-expired"


@dataclass(frozen=True)
class Event(Generic[M]):
    data: M
    #: Nothing comes behind it.
    final: bool


async def listen(session: Session, stream: Stream[M], until: float | None) -> AsyncGenerator[Event[M] | None, None]:
    reception = _Reception(stream, renewable=session.wire.renewable)
    while True:
        silence = _silence(session, until)
        try:
            incoming = await _open(session, stream, reception, silence, until)
            try:
                while (chunk := await incoming.read()) is not None:
                    for event in reception.take(chunk):
                        yield event
                        if event.final:
                            return
                    _silence(session, until)
            finally:
                await incoming.close()
            pause = reception.interrupted(None)
        except Unanswered as failure:
            if failure.timed_out and failure.sent:
                # Nobody there, or somebody who holds back what there is: whoever can look elsewhere does so now.
                yield None
                pause = 0.0
            else:
                pause = reception.interrupted(no_answer(failure, changes=False))
        await session.wire.pause(_within(pause, until))


def _silence(session: Session, until: float | None) -> float:
    """For how long nothing may come. Raises when the time is over."""
    if until is None:
        return session.idle
    left = until - monotonic()
    if left <= 0:
        raise SnapbackTimeoutError("It has not ended in the time that was given to it. It goes on.")
    return min(session.idle, left)


def _within(pause: float, until: float | None) -> float:
    return pause if until is None else min(pause, max(until - monotonic(), 0.0))


async def _open(
    session: Session, stream: Stream[M], reception: _Reception[M], silence: float, until: float | None
) -> Incoming:
    """A stream that has begun; waits and asks again where it is refused for now, and raises where for good."""
    while True:
        given = {"Accept": "text/event-stream", "Accept-Encoding": "identity", "Cache-Control": "no-cache"}
        if reception.last_id is not None:
            given["Last-Event-ID"] = reception.last_id
        request = Request("GET", session.base_url + stream.path, await session.headers(given))
        incoming = await session.wire.open(request, seconds=session.timeout, silence=silence)
        try:
            if incoming.status == 200 and incoming.headers.get("content-type", "").startswith("text/event-stream"):
                reception.begun()
                return incoming
            answer = Answer(incoming.status, incoming.headers, await rest_of(incoming))
        except BaseException:
            await incoming.close()
            raise
        await incoming.close()
        await session.wire.pause(_within(reception.refused(answer), until))
        _silence(session, until)


class _Reception(Generic[M]):
    """What is known of a stream over its connections. It does no waiting itself."""

    def __init__(self, stream: Stream[M], *, renewable: bool) -> None:
        self._stream = stream
        self._renewable = renewable
        self._reader = MessageReader()
        self._barren = 0
        self._expired = False
        self._refused_token = False

    @property
    def last_id(self) -> str | None:
        return self._reader.last_id

    def begun(self) -> None:
        # What was left of the last connection is half an event, and comes again as a whole one.
        self._reader = MessageReader(self.last_id)
        self._expired = self._refused_token = False

    def take(self, chunk: bytes) -> Iterator[Event[M]]:
        for message in self._reader.feed(chunk):
            self._expired = message.event == _TOKEN_EXPIRED
            if message.event == self._stream.event:
                yield _event(self._stream, message.data)
        if not self._expired:
            # A heartbeat counts too: somebody is there. A token that is always expired does not.
            self._barren = 0

    def interrupted(self, error: SnapbackError | None) -> float:
        """Tells how long to wait, in seconds, before the stream is opened again; raises when it is given up."""
        self._barren += 1
        if self._barren > _BARREN:
            raise error or NoAnswerError("The stream ended again and again before its subject did.")
        return 0.0 if self._expired and self._barren == 1 else pause_after(self._barren, random.random()) / 2

    def refused(self, answer: Answer) -> float:
        """The same for an answer that is no stream."""
        if answer.status == 200:
            raise unreadable(answer, ValueError("It is no stream of events."))
        error = refusal(answer, changes=False)
        if answer.status == 401 and self._renewable and not self._refused_token:
            self._refused_token = True
            return 0.0
        if answer.status not in PASSING and answer.status != 500:
            raise error
        pause = self.interrupted(error)
        return pause if error.retry_after is None else error.retry_after


def _event(stream: Stream[M], text: str) -> Event[M]:
    try:
        data: Mapping[str, object] = json.loads(text)
        return Event(stream.model.from_json(data), data.get("final") is True)
    except ValueError as error:
        raise unreadable(Answer(200, {}, b""), error) from error
