"""Waits for what takes long: by its stream, and by looking at it where the stream says nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from time import monotonic
from typing import TypeVar

from .._generated import calls
from .._http.call import M, Stream
from .._http.session import Session
from .._model.base import Id
from ..errors import ExportFailedError, ItemRestoreFailedError, RollbackFailedError, SnapbackError, SnapshotFailedError
from ..models import (
    ItemRestore,
    ItemRestoreProgress,
    RollbackLog,
    RollbackProgress,
    SnapshotDetails,
    SnapshotExport,
    SnapshotExportProgress,
    SnapshotProgress,
)

R = TypeVar("R")

_BETWEEN_LOOKS = 0.5


async def snapshot_end(
    session: Session,
    environment_id: Id,
    snapshot_id: Id,
    show: Callable[[SnapshotProgress], object],
    timeout: float | None,
) -> SnapshotDetails:
    view = calls.snapshot_view(environment_id, snapshot_id)

    async def ended() -> SnapshotDetails | None:
        snapshot = await session.insist(view)
        # Not by its status: a newer service may have others.
        return None if snapshot.finished_at is None else snapshot

    snapshot = await _end(session, calls.snapshot_progress(environment_id, snapshot_id), show, ended, timeout)
    if snapshot.status != "completed":
        why = f": {snapshot.failure.message}" if snapshot.failure else "."
        raise SnapshotFailedError(f"The snapshot {snapshot.id} is {snapshot.status}{why}", snapshot)
    return snapshot


async def item_restore_end(
    session: Session,
    environment_id: Id,
    item_restore_id: Id,
    show: Callable[[ItemRestoreProgress], object],
    timeout: float | None,
) -> ItemRestore:
    view = calls.item_restore_view(environment_id, item_restore_id)

    async def ended() -> ItemRestore | None:
        restore = await session.insist(view)
        return None if restore.finished_at is None else restore

    stream = calls.item_restore_progress(environment_id, item_restore_id)
    restore = await _end(session, stream, show, ended, timeout)
    if restore.status == "undone" or (restore.status == "completed" and restore.finding is None):
        return restore
    why = f": {restore.finding.message}" if restore.finding else "."
    raise ItemRestoreFailedError(f"The item restore {restore.id} is {restore.status}{why}", restore)


async def export_end(
    session: Session,
    environment_id: Id,
    export_id: Id,
    show: Callable[[SnapshotExportProgress], object],
    timeout: float | None,
) -> SnapshotExport:
    view = calls.snapshot_export_view(environment_id, export_id)

    async def ended() -> SnapshotExport | None:
        export = await session.insist(view)
        return None if export.finished_at is None else export

    stream = calls.snapshot_export_progress(environment_id, export_id)
    export = await _end(session, stream, show, ended, timeout)
    if export.status == "completed":
        return export
    why = f": {export.finding.message}" if export.finding else "."
    raise ExportFailedError(f"The export {export.id} is {export.status}{why}", export)


async def rollback_end(
    session: Session,
    deployment_id: Id,
    show: Callable[[RollbackProgress], object],
    timeout: float | None,
) -> RollbackLog:
    environment_id: Id | None = None

    def heard(event: RollbackProgress) -> None:
        nonlocal environment_id
        environment_id = event.environment_id
        show(event)

    async def ended() -> RollbackLog | None:
        nonlocal environment_id
        if environment_id is None:
            environment_id = (await session.insist(calls.deployment_view(deployment_id))).environment_id
        log = await _log_of(session, environment_id, deployment_id)
        return None if log.finished_at is None else log

    log = await _end(session, calls.rollback_progress(deployment_id), heard, ended, timeout)
    if log.status != "completed":
        why = f": {log.failure.message}" if log.failure else "."
        raise RollbackFailedError(f"The rollback {log.deployment_id} is {log.status}{why}", log)
    return log


async def _log_of(session: Session, environment_id: Id, deployment_id: Id) -> RollbackLog:
    """Logs are listed newest first: that of a rollback one waits for is among the first, unless one waits in vain."""
    cursor: str | None = None
    while True:
        page = await session.insist(calls.rollback_log_list(environment_id, page_size=100, cursor=cursor))
        for log in page.items:
            if log.deployment_id == str(deployment_id):
                return log
        cursor = page.next_cursor
        if cursor is None:
            raise SnapbackError(f"There is no log of a rollback {deployment_id}.")


async def _end(
    session: Session,
    stream: Stream[M],
    show: Callable[[M], object],
    ended: Callable[[], Awaitable[R | None]],
    timeout: float | None,
) -> R:
    """The state once it is final. `ended` looks at it, and is `None` before its end."""
    until = None if timeout is None else monotonic() + timeout
    while True:
        async with aclosing(session.listen(stream, until=until)) as events:
            async for event in events:
                if event is not None:
                    show(event.data)
                # Behind a proxy that holds events back there is nothing to hear, and much to see.
                elif (state := await ended()) is not None:
                    return state
        if (state := await ended()) is not None:
            return state
        await session.wire.pause(_BETWEEN_LOOKS)
