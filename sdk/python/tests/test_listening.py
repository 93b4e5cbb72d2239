"""Streams that are cut, silent, refused or left, as both clients see them."""

from __future__ import annotations

import json
import time
from contextlib import aclosing
from time import monotonic

import pytest

from snapback import NoAnswerError, Snapback, SnapbackError, SnapbackTimeoutError
from snapback._generated import calls
from snapback._http import listening
from snapback._http.session import Session

from .service import KINDS, Exchange, Service, Step, on, serving

STREAM = calls.snapshot_progress("e", "s")


def event(number: int, *, final: bool = False) -> str:
    data = {
        **{"percent": number * 10, "bytesDone": 0, "filesDone": 0, "message": "", "at": "2026-11-23T08:00:00Z"},
        **{"final": final, "snapshotId": "s", "status": "completed" if final else "running"},
        **dict.fromkeys(["bytesTotal", "filesTotal", "bytesPerSecond", "remainingSeconds", "phase", "failure"]),
    }
    return f"event: snapshot-progress\nid: {number}\ndata: {json.dumps(data)}\n\n"


def streaming(*parts: str, silence: float = 0) -> Step:
    def step(exchange: Exchange) -> None:
        exchange.stream(*parts)
        exchange.wfile.flush()
        time.sleep(silence)

    return step


async def watched(session: Session) -> list[float]:
    async with aclosing(session.watch(STREAM)) as events:
        return [event.percent async for event in events]


def ids(service: Service) -> list[str | None]:
    return [request.headers["Last-Event-ID"] for request in service.requests]


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_goes_on_behind_the_last_whole_event(kind: str) -> None:
    steps = [
        streaming(event(1), event(2)[:-1]),
        streaming(": heartbeat\n\n"),
        streaming(event(2), event(3, final=True)),
    ]
    with serving(*steps) as service:
        assert on(kind, service.url, watched) == [10, 20, 30]
        assert ids(service) == [None, "1", "1"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_that_is_silent_is_cut_and_opened_again(kind: str) -> None:
    with serving(streaming(event(1), silence=2), streaming(event(2, final=True))) as service:
        began = monotonic()
        assert on(kind, service.url, watched, idle=0.4) == [10, 20]
        assert 0.4 <= monotonic() - began < 1.5


def test_nothing_comes_behind_the_final_event() -> None:
    with serving(streaming(event(1, final=True), event(2))) as service:
        assert on("blocking", service.url, watched) == [10]


def test_a_stream_that_never_brings_anything_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "pause_after", lambda tries, chance: 0.0)
    with serving(streaming()) as service, pytest.raises(NoAnswerError, match="again and again"):
        on("blocking", service.url, watched)
    assert len(service.requests) == 11


def test_a_token_that_is_always_expired_is_not_asked_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "pause_after", lambda tries, chance: 0.0)
    expired = "event: token-expired\ndata: {}\n\n"
    with serving(streaming(expired)) as service, pytest.raises(NoAnswerError):
        on("blocking", service.url, watched, token=lambda: "stale")
    assert len(service.requests) == 11


def test_what_passes_is_waited_for_and_what_does_not_is_an_error() -> None:
    def busy(exchange: Exchange) -> None:
        exchange.refuse(429, "too-many-streams", {"Retry-After": "0"})

    def wrong(exchange: Exchange) -> None:
        exchange.refuse(422, "validation-failed")

    with serving(busy, busy, streaming(event(1)), wrong) as service, pytest.raises(SnapbackError) as caught:
        on("blocking", service.url, watched)
    assert caught.value.code == "validation-failed" and ids(service) == [None, None, None, "1"]


def test_an_answer_that_is_no_stream_is_an_error() -> None:
    with serving(lambda exchange: exchange.answer(200, {})) as service, pytest.raises(SnapbackError, match="no stream"):
        on("blocking", service.url, watched)


def test_an_event_that_cannot_be_read_is_an_error() -> None:
    with serving(streaming("event: snapshot-progress\ndata: {]\n\n")) as service:
        with pytest.raises(SnapbackError, match="cannot be read"):
            on("blocking", service.url, watched)


@pytest.mark.parametrize("kind", KINDS)
def test_who_waits_only_so_long_is_told_so(kind: str) -> None:
    def alive(exchange: Exchange) -> None:
        exchange.stream(event(1))
        for _ in range(40):
            exchange.wfile.write(b": heartbeat\n\n")
            exchange.wfile.flush()
            time.sleep(0.1)

    async def wait(session: Session) -> None:
        async with aclosing(session.listen(STREAM, until=monotonic() + 0.5)) as events:
            async for _ in events:
                pass

    with serving(alive) as service:
        began = monotonic()
        with pytest.raises(SnapbackTimeoutError, match="It goes on"):
            on(kind, service.url, wait)
        assert 0.4 < monotonic() - began < 1


def test_leaving_a_stream_closes_its_connection() -> None:
    left: list[bool] = []

    def open_until_closed(exchange: Exchange) -> None:
        exchange.stream(event(1))
        exchange.wfile.flush()
        exchange.connection.settimeout(3)
        # What a peer that closes the connection sends is an end.
        left.append(exchange.rfile.read(1) == b"")

    with serving(open_until_closed) as service, Snapback(service.url, "a-token") as client:
        for _ in client.snapshots.watch("e", "s"):
            break
        with client.snapshots.watch("e", "s") as events:
            next(events)
        events = client.snapshots.watch("e", "s")
        next(events)
        events.close()
        deadline = monotonic() + 2
        while monotonic() < deadline and len(left) < 3:
            time.sleep(0.02)
    assert left == [True, True, True]
