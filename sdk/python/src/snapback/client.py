"""The two clients: one that blocks, and one for asyncio and Trio."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import TracebackType

import httpx

from ._generated import async_groups, groups
from ._http.blocking import BlockingWire, complete
from ._http.session import Session
from ._http.suspending import SuspendingWire
from ._model.base import Id
from ._version import __version__
from ._waiting.gate import open_gate
from .models import DeploymentDetails

#: As many connections as are asked for: each stream that is watched holds one.
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=20)
_HEADERS = {"User-Agent": f"snapback-python/{__version__}", "Accept": "application/json"}


class Snapback:
    """The service at `base_url`, such as `https://snapback.internal`.

    `token` is a token, or a function that brings a fresh one; it is called for each request. A request may take `timeout`
    seconds, with all of its `attempts`: what does no more when it is asked twice is asked again when the connection or the
    service was not there. A stream is opened again when nothing has come for `idle` seconds. `transport` is httpx's way
    to certificates, proxies and tests.

    It may be used by several threads. Close it, or use it in a `with`, to close its connections.
    """

    def __init__(
        self,
        base_url: str,
        token: str | Callable[[], str],
        *,
        timeout: float = 30.0,
        attempts: int = 4,
        idle: float = 45.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        base_url = _base_of(base_url)
        self._http = httpx.Client(transport=transport, limits=_LIMITS, headers=_HEADERS, timeout=timeout)
        wire = BlockingWire(self._http, token)
        session = Session(wire, base_url, timeout=timeout, attempts=attempts, idle=idle)
        self._session = session
        self.projects = groups.ProjectsGroup(session)
        self.environments = groups.EnvironmentsGroup(session)
        self.snapshots = groups.SnapshotsGroup(session)
        self.contents = groups.ContentsGroup(session)
        self.items = groups.ItemsGroup(session)
        self.exports = groups.ExportsGroup(session)
        self.rollbacks = groups.RollbacksGroup(session)
        self.deployments = groups.DeploymentsGroup(session)
        self.settings = groups.SettingsGroup(session)
        self.retention = groups.RetentionGroup(session)
        self.webhooks = groups.WebhooksGroup(session)
        self.operations = groups.OperationsGroup(session)
        self.audit = groups.AuditGroup(session)
        self.protection = groups.ProtectionGroup(session)
        self.access = groups.AccessGroup(session)
        self.quotas = groups.QuotasGroup(session)
        self.usage = groups.UsageGroup(session)
        self.health = groups.HealthGroup(session)

    def gate_deployment(
        self,
        environment_id: Id,
        *,
        version: str | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> DeploymentDetails:
        """Announces a deployment and waits until its gate is open: then deploy, and finish it.

        Give the id of your job as `idempotency_key`: a job that is run again finds its own deployment. Raises
        `GateClosedError` when the gate closes; `DeploymentEndedError` when the deployment of that key has ended before, so that
        nothing is deployed without a snapshot of now; and `SnapbackTimeoutError` after `timeout` seconds.
        """
        gate = open_gate(
            self._session, environment_id, version=version, idempotency_key=idempotency_key, timeout=timeout
        )
        return complete(gate)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Snapback:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Snapback {self._session.base_url}>"


class AsyncSnapback:
    """The service at `base_url`, such as `https://snapback.internal`, for asyncio and Trio.

    `token` is a token, or a function that brings a fresh one, itself asynchronous or not; it is called for each request. A
    request may take `timeout` seconds, with all of its `attempts`: what does no more when it is asked twice is asked again
    when the connection or the service was not there. A stream is opened again when nothing has come for `idle` seconds.
    `transport` is httpx's way to certificates, proxies and tests.

    Close it, or use it in an `async with`, to close its connections.
    """

    def __init__(
        self,
        base_url: str,
        token: str | Callable[[], str | Awaitable[str]],
        *,
        timeout: float = 30.0,
        attempts: int = 4,
        idle: float = 45.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        base_url = _base_of(base_url)
        self._http = httpx.AsyncClient(transport=transport, limits=_LIMITS, headers=_HEADERS, timeout=timeout)
        wire = SuspendingWire(self._http, token)
        session = Session(wire, base_url, timeout=timeout, attempts=attempts, idle=idle)
        self._session = session
        self.projects = async_groups.AsyncProjectsGroup(session)
        self.environments = async_groups.AsyncEnvironmentsGroup(session)
        self.snapshots = async_groups.AsyncSnapshotsGroup(session)
        self.contents = async_groups.AsyncContentsGroup(session)
        self.items = async_groups.AsyncItemsGroup(session)
        self.exports = async_groups.AsyncExportsGroup(session)
        self.rollbacks = async_groups.AsyncRollbacksGroup(session)
        self.deployments = async_groups.AsyncDeploymentsGroup(session)
        self.settings = async_groups.AsyncSettingsGroup(session)
        self.retention = async_groups.AsyncRetentionGroup(session)
        self.webhooks = async_groups.AsyncWebhooksGroup(session)
        self.operations = async_groups.AsyncOperationsGroup(session)
        self.audit = async_groups.AsyncAuditGroup(session)
        self.protection = async_groups.AsyncProtectionGroup(session)
        self.access = async_groups.AsyncAccessGroup(session)
        self.quotas = async_groups.AsyncQuotasGroup(session)
        self.usage = async_groups.AsyncUsageGroup(session)
        self.health = async_groups.AsyncHealthGroup(session)

    async def gate_deployment(
        self,
        environment_id: Id,
        *,
        version: str | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> DeploymentDetails:
        """Announces a deployment and waits until its gate is open: then deploy, and finish it.

        Give the id of your job as `idempotency_key`: a job that is run again finds its own deployment. Raises
        `GateClosedError` when the gate closes; `DeploymentEndedError` when the deployment of that key has ended before, so that
        nothing is deployed without a snapshot of now; and `SnapbackTimeoutError` after `timeout` seconds.
        """
        return await open_gate(
            self._session, environment_id, version=version, idempotency_key=idempotency_key, timeout=timeout
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> AsyncSnapback:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<AsyncSnapback {self._session.base_url}>"


def _base_of(address: str) -> str:
    url = httpx.URL(address)
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("The base URL is an address such as https://snapback.internal.")
    return address.rstrip("/")
