"""Cases about asking again, and about giving up."""

from __future__ import annotations

import asyncio
from time import monotonic
from uuid import uuid4

from snapback import NoAnswerError, SnapbackError, SnapbackTimeoutError

from .kinds import Kit


async def retries(kit: Kit) -> str:
    return await repeated(kit, {"answer": {"status": 503, "headers": {"Retry-After": "1"}}, "times": 2}, 3)


async def retries_by_date(kit: Kit) -> str:
    answer = {"status": 503, "headers": {"Retry-After": "{now+2}"}}
    return await repeated(kit, {"answer": answer, "clockSkewSeconds": -3600}, 2)


async def repeated(kit: Kit, fault: dict[str, object], requests: int) -> str:
    """A view that is refused for two seconds, and no more."""
    client = kit.client()
    kit.control.faults(fault)
    began = monotonic()
    snapshot = await client.snapshots.view(kit.place.environment, kit.place.snapshot)
    took = monotonic() - began
    assert snapshot.id == kit.place.snapshot
    assert 1.95 <= took < 4, f"{took} seconds"
    assert len(kit.control.requests()) == requests
    return f"{took:.2f} s"


async def retries_with_key(kit: Kit) -> str:
    client = kit.client()
    label = f"once {uuid4()}"
    kit.control.faults({"method": "POST", "lose": True})
    snapshot = await client.snapshots.create(kit.place.environment, label=label)
    keys = [request["headers"].get("idempotency-key") for request in kit.control.requests("POST ")]
    assert len(keys) == 2 and keys[0] and keys[0] == keys[1], keys
    await client.snapshots.wait_for(kit.place.environment, snapshot.id)
    listed = client.snapshots.list(kit.place.environment)
    alike = [found.id async for found in listed if found.label == label]
    assert alike == [snapshot.id], alike
    return "one snapshot"


async def no_retry_without_key(kit: Kit) -> str:
    client = kit.client()
    name = f"lost {uuid4()}"
    kit.control.faults({"method": "POST", "lose": True})
    error = await kit.refused(NoAnswerError, lambda: client.projects.create(name=name))
    assert error.outcome_unknown and error.status is None, repr(error)
    assert len(kit.control.requests("POST ")) == 1
    for project in [found async for found in client.projects.list() if found.name == name]:
        await client.projects.delete(project.id)
    return error.detail


async def delete_answer_lost(kit: Kit) -> str:
    client = kit.client()
    project = await client.projects.create(name=f"gone {uuid4()}")
    kit.control.faults({"method": "DELETE", "lose": True})
    await client.projects.delete(project.id)
    assert len(kit.control.requests("DELETE ")) == 2
    error = await kit.refused(SnapbackError, lambda: client.projects.delete(project.id))
    assert error.status == 404, repr(error)
    return "sent twice, and the 404 of the second was no error"


async def retries_end(kit: Kit) -> str:
    client = kit.client(attempts=3)
    problem = {"type": "urn:x", "title": "Later", "status": 503, "code": "service-unavailable", "detail": "Later."}
    kit.control.faults({"answer": {"status": 503, "body": problem}, "times": 10})
    error = await kit.refused(SnapbackError, lambda: client.snapshots.view(kit.place.environment, kit.place.snapshot))
    assert (error.status, error.code) == (503, "service-unavailable"), repr(error)
    assert len(kit.control.requests()) == 3
    return "3 requests"


async def time_out(kit: Kit) -> str:
    client = kit.client(timeout=2)
    kit.control.faults({"answer": {"status": 503, "headers": {"Retry-After": "1"}}}, {"hang": True, "times": 10})
    began = monotonic()
    error = await kit.refused(
        SnapbackTimeoutError, lambda: client.snapshots.view(kit.place.environment, kit.place.snapshot)
    )
    took = monotonic() - began
    assert 1.9 <= took <= 3, f"{took} seconds"
    assert not error.outcome_unknown, "Nothing was to be changed."
    return f"{took:.2f} s"


async def cancel_request(kit: Kit) -> str:
    client = kit.client()
    kit.control.faults({"hang": True, "times": 10})
    took = await kit.called_off(0.5, lambda: client.snapshots.view(kit.place.environment, kit.place.snapshot))
    assert took < 0.5, f"{took} seconds"
    await asyncio.sleep(1.5)
    assert len(kit.control.requests()) == 1
    return f"{took * 1000:.0f} ms"


async def long_key(kit: Kit) -> str:
    client = kit.client()
    error = await kit.refused(
        SnapbackError, lambda: client.snapshots.create(kit.place.environment, idempotency_key="k" * 10_000)
    )
    await client.snapshots.view(kit.place.environment, kit.place.snapshot)
    return f"{error.status} {error.code}"


CASES = {
    "retries": retries,
    "retries-by-date": retries_by_date,
    "retries-with-key": retries_with_key,
    "no-retry-without-key": no_retry_without_key,
    "delete-answer-lost": delete_answer_lost,
    "retries-end": retries_end,
    "time-out": time_out,
    "cancel-request": cancel_request,
    "long-key": long_key,
}
