"""Waiting, in the groups of the blocking client."""

from __future__ import annotations

from .._http.blocking import complete
from .._http.blocking_surface import Group
from .._model.base import Id
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
from .ends import export_end, item_restore_end, rollback_end, snapshot_end
from .progress_bar import Shown, shown


class SnapshotWaits(Group):
    def wait_for(
        self,
        environment_id: Id,
        snapshot_id: Id,
        *,
        progress: Shown[SnapshotProgress] = False,
        timeout: float | None = None,
    ) -> SnapshotDetails:
        """The snapshot once it is completed.

        Raises `SnapshotFailedError` when it ends otherwise, and `SnapbackTimeoutError` when it takes longer than `timeout`
        seconds; it goes on then. `progress=True` shows a bar where tqdm is installed, and a function is called with each event.
        """
        with shown(progress, "Snapshot") as show:
            return complete(snapshot_end(self._session, environment_id, snapshot_id, show, timeout))


class ItemWaits(Group):
    def wait_for(
        self,
        environment_id: Id,
        item_restore_id: Id,
        *,
        progress: Shown[ItemRestoreProgress] = False,
        timeout: float | None = None,
    ) -> ItemRestore:
        """It, once it is completed or undone; the `finding` of what is undone names what was left as it is.

        Raises `ItemRestoreFailedError` when nothing was taken out, or when what was could not be taken back, and
        `SnapbackTimeoutError` when it takes longer than `timeout` seconds; it goes on then. `progress=True` shows a bar where tqdm
        is installed, and a function is called with each event.
        """
        with shown(progress, "Items") as show:
            return complete(item_restore_end(self._session, environment_id, item_restore_id, show, timeout))


class ExportWaits(Group):
    def wait_for(
        self,
        environment_id: Id,
        export_id: Id,
        *,
        progress: Shown[SnapshotExportProgress] = False,
        timeout: float | None = None,
    ) -> SnapshotExport:
        """It, completed; `download` has its file then.

        Raises `ExportFailedError` when it has failed or was removed, and `SnapbackTimeoutError` when it takes longer than `timeout`
        seconds; it goes on then. `progress=True` shows a bar where tqdm is installed, and a function is called with each event.
        """
        with shown(progress, "Export") as show:
            return complete(export_end(self._session, environment_id, export_id, show, timeout))


class RollbackWaits(Group):
    def wait_for(
        self,
        deployment_id: Id,
        *,
        progress: Shown[RollbackProgress] = False,
        timeout: float | None = None,
    ) -> RollbackLog:
        """The log of a rollback once that is completed.

        Raises `RollbackFailedError` when it ends otherwise, and `SnapbackTimeoutError` when it takes longer than `timeout`
        seconds; it goes on then. `progress=True` shows a bar where tqdm is installed, and a function is called with each event.
        """
        with shown(progress, "Rollback") as show:
            return complete(rollback_end(self._session, deployment_id, show, timeout))
