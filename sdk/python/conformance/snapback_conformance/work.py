"""Cases about what takes several requests."""

from __future__ import annotations

from collections.abc import Awaitable
from io import BytesIO
from uuid import uuid4

from snapback import DeploymentEndedError, ExportFailedError, GateClosedError, SnapbackError, SnapshotFailedError
from snapback._http.async_surface import AsyncDownload

from .kinds import Kit


async def wait_for_snapshot(kit: Kit) -> str:
    client = kit.client()
    shown: list[float] = []
    snapshot = await client.snapshots.create(kit.place.environment)
    completed = await client.snapshots.wait_for(
        kit.place.environment, snapshot.id, progress=lambda event: shown.append(event.percent)
    )
    assert completed.status == "completed" and shown[-1] == 100, shown
    slow = await client.snapshots.create(kit.place.slow_environment)
    await client.snapshots.cancel(kit.place.slow_environment, slow.id)
    error = await kit.refused(
        SnapshotFailedError, lambda: client.snapshots.wait_for(kit.place.slow_environment, slow.id)
    )
    assert (error.snapshot.id, error.snapshot.status) == (slow.id, "cancelled"), error.snapshot
    return error.detail


async def gate(kit: Kit) -> str:
    client = kit.client()
    deployment = await client.gate_deployment(kit.place.environment, version="17.0", idempotency_key=str(uuid4()))
    assert (deployment.gate, deployment.status, deployment.version) == ("open", "running", "17.0"), deployment
    assert deployment.snapshot_id is not None
    snapshot = await client.snapshots.view(kit.place.environment, deployment.snapshot_id)
    assert snapshot.status == "completed", snapshot
    finished = await client.deployments.finish(deployment.id, outcome="succeeded")
    assert finished.status == "completed", finished
    return repr(deployment)


async def gate_closed(kit: Kit) -> str:
    client = kit.client()
    reason = "The pre-deploy snapshot failed: the moon is full."
    view = r"^/api/v1/deployments/[^/]+$"
    kit.control.faults({"method": "GET", "path": view, "times": 100, "merge": {"gate": "closed", "gateReason": reason}})
    error = await kit.refused(GateClosedError, lambda: client.gate_deployment(kit.place.environment))
    kit.control.forget()
    assert error.detail == error.deployment.gate_reason == reason, repr(error)
    await client.deployments.finish(error.deployment.id, outcome="failed")
    return error.detail


async def gate_of_ended(kit: Kit) -> str:
    client = kit.client()
    key = str(uuid4())
    deployment = await client.gate_deployment(kit.place.environment, version="17.1", idempotency_key=key)
    await client.deployments.finish(deployment.id, outcome="succeeded")
    error = await kit.refused(
        DeploymentEndedError,
        lambda: client.gate_deployment(kit.place.environment, version="17.1", idempotency_key=key),
    )
    assert error.deployment.id == deployment.id, error.deployment
    return error.detail


async def rollback(kit: Kit) -> str:
    client = kit.client()
    environment = kit.place.environment
    accepted = await client.rollbacks.create(environment, snapshot_id=kit.place.snapshot, create_safety_snapshot=False)
    log = await client.rollbacks.wait_for(accepted.deployment_id)
    assert (log.status, log.snapshot_id) == ("completed", kit.place.snapshot), log
    assert log.undoable_until is not None and log.undone_by is None, log.to_json()
    undo = await client.rollbacks.undo(accepted.deployment_id)
    undone = await client.rollbacks.wait_for(undo.deployment_id)
    assert (undone.status, undone.undo_of) == ("completed", accepted.deployment_id), undone.to_json()
    logs = [found async for found in client.rollbacks.list(environment)]
    assert [found.undone_by for found in logs if found.id == log.id] == [undo.deployment_id], logs
    return f"down for {log.downtime_ms} ms, and for {undone.downtime_ms} ms when it was undone"


async def export(kit: Kit) -> str:
    client = kit.client()
    environment = kit.place.environment
    queued = await client.exports.create(environment, kit.place.snapshot)
    made = await client.exports.wait_for(environment, queued.id)
    download = await client.exports.download(environment, made.id)
    assert (download.name, await written(download)) == (made.file_name, made.size_bytes), made.to_json()
    headers = {"Content-Length": "5", "ETag": f'"{"0" * 64}"'}
    kit.control.faults({"path": "/content$", "answer": {"status": 200, "headers": headers, "body": "alpha"}})
    other = await client.exports.download(environment, made.id)
    refused = await kit.refused(SnapbackError, lambda: written(other))
    assert "SHA-256" in refused.detail, refused
    await client.exports.delete(environment, made.id)
    error = await kit.refused(ExportFailedError, lambda: client.exports.wait_for(environment, made.id))
    assert error.export.status == "removed", error.export.to_json()
    return f"{made.size_bytes} bytes"


async def written(download: AsyncDownload) -> int:
    """How many bytes came. What the blocking client has begun is its own, and nothing to wait for."""
    count: Awaitable[int] | int = download.write_to(BytesIO())
    return count if isinstance(count, int) else await count


CASES = {
    "wait-for-snapshot": wait_for_snapshot,
    "gate": gate,
    "gate-closed": gate_closed,
    "gate-of-ended": gate_of_ended,
    "rollback": rollback,
    "export": export,
}
