"""The gate that a pipeline passes before it changes an environment."""

from __future__ import annotations

from time import monotonic

from .._generated import calls
from .._http.session import Session
from .._model.base import Id
from ..errors import DeploymentEndedError, GateClosedError, SnapbackTimeoutError
from ..models import DeploymentDetails

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 5.0


async def open_gate(
    session: Session,
    environment_id: Id,
    *,
    version: str | None,
    idempotency_key: str | None,
    timeout: float | None,
) -> DeploymentDetails:
    """
    Polls, and does not listen to the snapshot: the gate may wait for more than that, and the token of a pipeline need not be
    allowed to read snapshots.
    """
    until = None if timeout is None else monotonic() + timeout
    announced = await session.run(
        calls.deployment_create(environment_id, version=version, idempotency_key=idempotency_key)
    )
    pause = _FIRST_PAUSE
    while (deployment := await session.insist(calls.deployment_view(announced.id))).gate == "pending":
        if until is not None and monotonic() + pause > until:
            raise SnapbackTimeoutError(f"The gate of the deployment {deployment.id} has not been decided in time.")
        await session.wire.pause(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)
    # A gate in a state that only a newer client knows is not open.
    if deployment.gate != "open":
        raise GateClosedError(
            deployment.gate_reason or f"The gate of the deployment {deployment.id} is not open.", deployment
        )
    if deployment.status != "running":
        raise DeploymentEndedError(
            f"The deployment {deployment.id} has ended ({deployment.status}), and its snapshot is of that time. "
            "Use another idempotency key to deploy again.",
            deployment,
        )
    return deployment
