"""Cases about streams of events."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone

from snapback import SnapbackError
from snapback.models import SnapshotProgress

from .answers import ended
from .kinds import Kit
from .stage import Arrived

PROGRESS = "/progress"
TOKEN_EXPIRED = 'event: token-expired\ndata: {"code":"token-expired","message":"Open it again."}\n\n'


async def unknown_event(kit: Kit) -> str:
    client = kit.client()
    kit.control.faults({"path": PROGRESS, "insertEvent": 'event: moonrise\ndata: {"moon":"full"}\n\n'})
    events = [event async for event in client.snapshots.watch(kit.place.environment, kit.place.snapshot)]
    assert [event.final for event in events] == [True], events
    return repr(events[0])


async def stream_ends(kit: Kit) -> str:
    client = kit.client()
    snapshot = await client.snapshots.create(kit.place.environment)
    events = [event async for event in client.snapshots.watch(kit.place.environment, snapshot.id)]
    assert [event.final for event in events] == [*[False] * (len(events) - 1), True], events
    assert events[-1].status == "completed", events[-1]
    await closed(kit)
    return f"{len(events)} events"


async def stream_resumes(kit: Kit) -> str:
    kit.control.faults({"path": PROGRESS, "cutAfterEvents": 2})
    events = await watched(kit)
    first, second = opened(kit)[:2]
    assert "last-event-id" not in first["headers"] and second["headers"]["last-event-id"], second["headers"]
    return f"{len(events)} events, none twice"


async def stream_truncated(kit: Kit) -> str:
    kit.control.faults({"path": PROGRESS, "cutWithinEvent": 2})
    events = await watched(kit)
    _, second = opened(kit)[:2]
    assert second["headers"]["last-event-id"], second["headers"]
    return f"{len(events)} events, none twice"


async def stream_survives_restart(kit: Kit) -> str:
    async def restart(number: int) -> None:
        if number == 2:
            await asyncio.to_thread(kit.control.restart)

    events = await watched(kit, restart)
    return f"{len(events)} events, the last one {events[-1].status}"


async def watched(kit: Kit, meanwhile: Callable[[int], Awaitable[None]] | None = None) -> list[SnapshotProgress]:
    """The events of a slow snapshot, each of them another one, up to the final one."""
    client = kit.client()
    environment = kit.place.slow_environment
    snapshot = await client.snapshots.create(environment)
    events: list[SnapshotProgress] = []
    async for event in client.snapshots.watch(environment, snapshot.id):
        events.append(event)
        if meanwhile is not None:
            await meanwhile(len(events))
    assert [event.final for event in events] == [*[False] * (len(events) - 1), True], events
    told = [str(event.to_json()) for event in events]
    assert len(set(told)) == len(told), "An event has come twice."
    assert len(opened(kit)) >= 2, "The stream was not opened again."
    return events


async def stream_refused(kit: Kit) -> str:
    for status in (401, 403, 404):
        for token, requests in ((kit.place.token, 1), (lambda: kit.place.token, 2 if status == 401 else 1)):
            kit.control.forget()
            client = kit.client(token)
            code = {401: "unauthenticated", 403: "permission-missing", 404: "not-found"}[status]
            problem = {"type": "urn:x", "title": "No", "status": status, "code": code, "detail": "No."}
            kit.control.faults({"path": PROGRESS, "times": 10, "answer": {"status": status, "body": problem}})
            watching = client.snapshots.watch(kit.place.environment, kit.place.snapshot)
            error = await kit.refused(SnapbackError, watching.__aiter__().__anext__)
            assert (error.status, error.code) == (status, code), repr(error)
            assert len(opened(kit)) == requests, f"{status}: {len(opened(kit))} requests"
    return "401, 403 and 404"


async def stream_token_expired(kit: Kit) -> str:
    asked: list[str] = []

    def token() -> str:
        asked.append(kit.place.token)
        return kit.place.token

    client = kit.client(token)
    kit.control.faults({"path": PROGRESS, "insertEvent": TOKEN_EXPIRED, "cutAfterEvents": 0})
    events = [event async for event in client.snapshots.watch(kit.place.environment, kit.place.snapshot)]
    assert [event.final for event in events] == [True], events
    assert len(asked) == len(opened(kit)) == 2, f"{len(asked)} tokens, {len(opened(kit))} requests"
    return "asked for twice"


async def stream_buffered(kit: Kit) -> str:
    client = kit.client(idle=2)
    kit.control.faults({"path": PROGRESS, "buffer": True, "times": 100})
    environment = kit.place.slow_environment
    snapshot = await client.snapshots.create(environment)
    found = await client.snapshots.wait_for(environment, snapshot.id)
    assert found.finished_at is not None
    late = (datetime.now(timezone.utc) - found.finished_at).total_seconds()
    assert late < 5, f"{late} seconds late"
    assert len(opened(kit)) > 2, opened(kit)
    return f"{late:.1f} s behind its end"


async def cancel_stream(kit: Kit) -> str:
    client = kit.client()
    environment = kit.place.slow_environment
    snapshot = await client.snapshots.create(environment)
    async for _ in client.snapshots.watch(environment, snapshot.id):
        break
    await closed(kit)
    await ended(kit, environment, snapshot.id)
    return "closed"


def opened(kit: Kit) -> list[Arrived]:
    return kit.control.requests(PROGRESS)


async def closed(kit: Kit) -> None:
    """No stream is open any more."""
    for _ in range(20):
        if all(request["closedAt"] is not None for request in opened(kit)):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("Two seconds later the connection is still open.")


CASES = {
    "unknown-event": unknown_event,
    "stream-ends": stream_ends,
    "stream-resumes": stream_resumes,
    "stream-truncated": stream_truncated,
    "stream-survives-restart": stream_survives_restart,
    "stream-refused": stream_refused,
    "stream-token-expired": stream_token_expired,
    "stream-buffered": stream_buffered,
    "cancel-stream": cancel_stream,
}
