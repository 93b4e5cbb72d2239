# Made from openapi.yaml by "npm run sdk:python"; change the contract.
"""The operations, by their tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal
from .._http.async_surface import AsyncDownload, AsyncEvents, AsyncGroup, AsyncPages
from .._model.base import Id
from .._waiting.async_waits import AsyncExportWaits, AsyncItemWaits, AsyncRollbackWaits, AsyncSnapshotWaits
from ..absent import ABSENT, Absent
from . import calls
from ..models import (
    AuditEntry,
    AuditOutcome,
    AuditPage,
    CallerAccess,
    DatabaseInput,
    DatabasePropertiesFrom,
    DefinitionChange,
    DefinitionChangePage,
    Deployment,
    DeploymentDetails,
    DeploymentKind,
    DeploymentPage,
    DeploymentStatus,
    Environment,
    EnvironmentCheck,
    EnvironmentDetails,
    EnvironmentPage,
    EnvironmentProtection,
    EnvironmentType,
    Exclude,
    ExportFormat,
    ExportLayout,
    FailurePolicy,
    FileChange,
    FileChangePage,
    Gate,
    GateRequires,
    Health,
    HookInput,
    ItemPath,
    ItemPlacement,
    ItemRestore,
    ItemRestorePage,
    ItemRestoreProgress,
    ItemTable,
    NeutralizePath,
    OnUnreadableFile,
    Operation,
    OperationPage,
    OperationState,
    Pin,
    Project,
    ProjectPage,
    ProtectionPage,
    ProtectionState,
    ProvisionFrom,
    QuotaOverview,
    RestorabilityState,
    RetentionDecision,
    RetentionPlan,
    RollbackAccepted,
    RollbackLog,
    RollbackLogPage,
    RollbackPlan,
    RollbackProgress,
    ScheduleEntry,
    ScheduleRun,
    ScheduleRunPage,
    Snapshot,
    SnapshotComparison,
    SnapshotDefaults,
    SnapshotDefaultsRule,
    SnapshotDetails,
    SnapshotEstimate,
    SnapshotExport,
    SnapshotExportPage,
    SnapshotExportProgress,
    SnapshotFile,
    SnapshotFilePage,
    SnapshotPage,
    SnapshotProgress,
    SnapshotSettings,
    SnapshotStatus,
    SnapshotTable,
    SnapshotTablePage,
    SnapshotTrigger,
    SnapshotType,
    StandbyWhen,
    TableChange,
    TableChangePage,
    UsageDay,
    UsagePage,
    Verification,
    VerificationProgress,
    VerifyRestored,
    VerifyWhen,
    Webhook,
    WebhookDelivery,
    WebhookDeliveryPage,
    WebhookDeliveryStatus,
    WebhookEventFilter,
    WebhookPage,
    WebhookWithSecret,
)


class AsyncProjectsGroup(AsyncGroup):
    """Groups of environments. A project belongs to one organization."""

    def list(
        self,
        *,
        page_size: int | None = None,
        offset: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[Project, ProjectPage]:
        """List projects.

        The projects of the caller's organization, by name.

        `page_size`: How many items a page has at the most.

        `offset`: How many items to pass over.

        `cursor`: The `next_cursor` of a page of this list: the page behind it, whatever has come or
        gone meanwhile. It stands in place of `offset`, and is not for reading.
        """
        return AsyncPages(self._run, calls.project_list(
            page_size=page_size,
            offset=offset,
            cursor=cursor,
        ))

    async def create(
        self,
        *,
        name: str,
        description: str | None = None,
    ) -> Project:
        """Create a project.

        The project belongs to the organization of the token.

        `name`: A name for people: at most 100 characters, no control characters, no space at either
        end.

        `description`: What the project is.
        """
        return await self._run(calls.project_create(name=name, description=description))

    async def view(self, project_id: Id) -> Project:
        """View a project.

        One project of the caller's organization.
        """
        return await self._run(calls.project_view(project_id))

    async def view_if_changed(self, project_id: Id, *, etag: str) -> Project | None:
        """The same as `view`, or `None` while it is still what carries the tag."""
        return await self._run(calls.project_view(project_id).if_changed(etag))

    async def update(
        self,
        project_id: Id,
        *,
        name: str | None = None,
        description: str | None | Absent = ABSENT,
    ) -> Project:
        """Change a project.

        Changes the properties that are given; the others stay as they are.

        `name`: A name for people: at most 100 characters, no control characters, no space at either
        end.

        `description`: What the project is; `null` removes it.
        """
        return await self._run(calls.project_update(project_id, name=name, description=description))

    async def delete(self, project_id: Id) -> None:
        """Delete a project.

        A project can be deleted once it has no environments.
        """
        await self._run(calls.project_delete(project_id))


class AsyncEnvironmentsGroup(AsyncGroup):
    """A PostgreSQL database and a filestore that belong together."""

    def list(
        self,
        project_id: Id,
        *,
        page_size: int | None = None,
        offset: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[Environment, EnvironmentPage]:
        """List environments.

        The environments of a project, by name.

        `page_size`: How many items a page has at the most.

        `offset`: How many items to pass over.

        `cursor`: The `next_cursor` of a page of this list: the page behind it, whatever has come or
        gone meanwhile. It stands in place of `offset`, and is not for reading.
        """
        return AsyncPages(self._run, calls.environment_list(
            project_id,
            page_size=page_size,
            offset=offset,
            cursor=cursor,
        ))

    async def create(
        self,
        project_id: Id,
        *,
        name: str,
        type: EnvironmentType,
        check: bool | None = None,
        labels: Mapping[str, str] | None = None,
        database: DatabaseInput | None = None,
        filestore_path: str | None = None,
        pool: str | None = None,
        neutralize_sql: str | None = None,
        neutralize_paths: Sequence[NeutralizePath] | None = None,
        exclude: Exclude | None = None,
        on_unreadable_file: OnUnreadableFile | None = None,
        allow_unneutralized: bool | None = None,
        before_cutover: HookInput | None = None,
        after_cutover: HookInput | None = None,
        from_: ProvisionFrom | None = None,
    ) -> Environment:
        """Register an environment.

        Registers a database, a filestore, or both. The service connects to the database and looks at
        the directory before it accepts them, and says precisely what is wrong; `check=false` skips
        that. What another environment of the organization has already is refused.

        With `from_`, database and directory are made, which must not be there yet, and filled from a
        snapshot by a rollback into the new environment (`provisionedFrom.deploymentId`): a preview
        for a branch, say. When that is refused, nothing is left of it.

        `name`: A name for people: at most 100 characters, no control characters, no space at either
        end.

        `type`: What the environment is for. Data going from `production` to another type must be
        neutralized.

        `check`: `false` accepts the environment without looking whether its database answers and its
        directory is there.

        `labels`: Up to 20 names and values of your own.

        `database`: A connection, or where the worker finds its URL.

        `filestore_path`: Absolute path of the directory, below one of the service's
        `FILESTORE_ROOTS`.

        `pool`: Which workers can reach the environment; `default`, unless told.

        `neutralize_sql`: SQL statements, at most 50,000 characters. A NUL character is not allowed.

        `neutralize_paths`: What becomes of files that come from production, before anyone can read
        them. The first rule that names something counts; what no rule names stays as it is. An empty
        list says that nothing has to change.

        `exclude`: What is left out of snapshots, and kept as it is live by rollbacks. Patterns that
        leave nothing to capture are refused; what stays must not need what is left out, or a snapshot
        fails with `exclude-needed`.

        `on_unreadable_file`: What becomes of a snapshot when the worker may not read a file or
        directory. `fail`: it fails. `warn`: it is taken without them, which its warnings and
        `left_out` say, and a rollback keeps what is live there.

        `allow_unneutralized`: Accept production data without `neutralize_sql` and `neutralize_paths`.

        `before_cutover`: What is called around a cutover.

        `after_cutover`: What is called around a cutover.

        `from_`: The database and the directory are not there yet: they are made, and filled from a
        snapshot of an environment of the same project by a rollback into the new one, made harmless
        by its rules as any rollback out of production is. Takes `rollbacks:write` besides, and a
        process that can reach the environment's pool.
        """
        return await self._run(calls.environment_create(
            project_id,
            name=name,
            type=type,
            check=check,
            labels=labels,
            database=database,
            filestore_path=filestore_path,
            pool=pool,
            neutralize_sql=neutralize_sql,
            neutralize_paths=neutralize_paths,
            exclude=exclude,
            on_unreadable_file=on_unreadable_file,
            allow_unneutralized=allow_unneutralized,
            before_cutover=before_cutover,
            after_cutover=after_cutover,
            from_=from_,
        ))

    async def view(self, project_id: Id, environment_id: Id) -> EnvironmentDetails:
        """View an environment.

        One environment, and what lies beside its live state. The password of its database is never
        returned.
        """
        return await self._run(calls.environment_view(project_id, environment_id))

    async def view_if_changed(
        self,
        project_id: Id,
        environment_id: Id,
        *,
        etag: str,
    ) -> EnvironmentDetails | None:
        """The same as `view`, or `None` while it is still what carries the tag."""
        return await self._run(calls.environment_view(project_id, environment_id).if_changed(etag))

    async def update(
        self,
        project_id: Id,
        environment_id: Id,
        *,
        check: bool | None = None,
        if_match: str | None = None,
        name: str | None = None,
        type: EnvironmentType | None = None,
        labels: Mapping[str, str] | None = None,
        database: DatabaseInput | None | Absent = ABSENT,
        filestore_path: str | None | Absent = ABSENT,
        pool: str | None = None,
        neutralize_paths: Sequence[NeutralizePath] | None | Absent = ABSENT,
        exclude: Exclude | None | Absent = ABSENT,
        on_unreadable_file: OnUnreadableFile | None = None,
        neutralize_sql: str | None | Absent = ABSENT,
        allow_unneutralized: bool | None = None,
        before_cutover: HookInput | None | Absent = ABSENT,
        after_cutover: HookInput | None | Absent = ABSENT,
    ) -> Environment:
        """Change an environment.

        Changes the properties that are given; the others stay as they are. `database` is replaced as
        a whole; a `password` left out of it stays the stored one while host, port and user stay the
        same. `null` removes the database or the filestore; one of the two must remain.

        `check`: `false` accepts the environment without looking whether its database answers and its
        directory is there.

        `if_match`: The `ETag` of what was read: the change is made only if it is still that, and
        otherwise refused with 412. `*`: whatever it is.

        `name`: A name for people: at most 100 characters, no control characters, no space at either
        end.

        `type`: What the environment is for. Data going from `production` to another type must be
        neutralized.

        `labels`: Up to 20 names and values of your own.

        `database`: Its database; `null` removes it.

        `filestore_path`: Its filestore; `null` removes it.

        `pool`: Which workers can reach the environment; those whose `WORKER_POOLS` has the name.

        `neutralize_paths`: Rules for files from production, replaced as a whole; `null` removes them.

        `exclude`: What is left out of its snapshots from now on, replaced as a whole; `null` for
        nothing.

        `on_unreadable_file`: What becomes of a snapshot when the worker may not read a file or
        directory. `fail`: it fails. `warn`: it is taken without them, which its warnings and
        `left_out` say, and a rollback keeps what is live there.

        `neutralize_sql`: SQL for data from production; `null` removes it.

        `allow_unneutralized`: Accept production data without `neutralize_sql` and `neutralize_paths`.

        `before_cutover`: The hook before a cutover, replaced as a whole, headers included; `null`
        removes it.

        `after_cutover`: The hook after a cutover, replaced as a whole, headers included; `null`
        removes it.
        """
        return await self._run(calls.environment_update(
            project_id,
            environment_id,
            check=check,
            if_match=if_match,
            name=name,
            type=type,
            labels=labels,
            database=database,
            filestore_path=filestore_path,
            pool=pool,
            neutralize_paths=neutralize_paths,
            exclude=exclude,
            on_unreadable_file=on_unreadable_file,
            neutralize_sql=neutralize_sql,
            allow_unneutralized=allow_unneutralized,
            before_cutover=before_cutover,
            after_cutover=after_cutover,
        ))

    async def delete(
        self,
        project_id: Id,
        environment_id: Id,
        *,
        snapshots: Literal["delete"] | None = None,
        data: Literal["delete"] | None = None,
        if_match: str | None = None,
    ) -> None:
        """Delete an environment.

        Removes the environment from Snapback; its database and files are not touched, unless Snapback
        has made them (`provisioned_from`) and `data=delete` says that they go too. Refused while it
        has snapshots, unless `snapshots=delete` says that they may go too. Pinned snapshots are never
        deleted: unpin them first. What a rollback has kept for an undo is removed before.

        `snapshots`: `delete` deletes the environment's snapshots with it.

        `data`: `delete` deletes its database and its directory, which Snapback has made.

        `if_match`: The `ETag` of what was read: the change is made only if it is still that, and
        otherwise refused with 412. `*`: whatever it is.
        """
        await self._run(calls.environment_delete(
            project_id,
            environment_id,
            snapshots=snapshots,
            data=data,
            if_match=if_match,
        ))

    async def check(self, project_id: Id, environment_id: Id) -> EnvironmentCheck:
        """Check an environment.

        Looks whether a snapshot of the environment could be taken and a rollback be done now, and
        says what is in the way: before the first rollback is needed, and again after a change of
        roles, servers or directories. It asks what `rollbacks.plan` asks, without a snapshot. Changes
        nothing. What cannot be reached is a refusal, and no error.

        It reads no rows and no files: what is wrong with one of them is found by a snapshot, and
        whether all of it can be restored by `snapshots.verify`.
        """
        return await self._run(calls.environment_check(project_id, environment_id))


class AsyncSnapshotsGroup(AsyncSnapshotWaits):
    """Immutable captured states of an environment."""

    def list(
        self,
        environment_id: Id,
        *,
        page_size: int | None = None,
        offset: int | None = None,
        cursor: str | None = None,
        status: SnapshotStatus | None = None,
        restorability: RestorabilityState | None = None,
        trigger: SnapshotTrigger | None = None,
        pinned: bool | None = None,
    ) -> AsyncPages[Snapshot, SnapshotPage]:
        """List an environment's snapshots.

        Newest first.

        `page_size`: How many items a page has at the most.

        `offset`: How many items to pass over.

        `cursor`: The `next_cursor` of a page of this list: the page behind it, whatever has come or
        gone meanwhile. It stands in place of `offset`, and is not for reading.

        `status`: Only snapshots in this state.

        `restorability`: Only snapshots of this restorability.

        `trigger`: Only snapshots taken for this reason.

        `pinned`: Only pinned snapshots, or only those that are not.
        """
        return AsyncPages(self._run, calls.snapshot_list(
            environment_id,
            page_size=page_size,
            offset=offset,
            cursor=cursor,
            status=status,
            restorability=restorability,
            trigger=trigger,
            pinned=pinned,
        ))

    async def create(
        self,
        environment_id: Id,
        *,
        idempotency_key: str | None = None,
        label: str | None = None,
        trigger: Literal["manual", "scheduled"] | None = None,
        type: SnapshotType | None = None,
    ) -> Snapshot:
        """Take a snapshot.

        Queues a snapshot of the environment's database and filestore as one unit and returns at once.
        Watch it with `snapshots.watch`, or poll `snapshots.view`.

        `idempotency_key`: Any string you choose. The same key with the same request within 24 hours
        returns what the first one started; with another request it is refused.

        `label`: A short text for people: at most 200 characters, no control characters.

        `trigger`: `scheduled` when a timer asks, not a person.

        `type`: `full` reads everything. `differential` reads what has changed since the newest full
        snapshot, or since a rollback that came later, and is refused when there is none to build on.
        Left out: differential where that is possible, else full.
        """
        return await self._run(calls.snapshot_create(
            environment_id,
            idempotency_key=idempotency_key,
            label=label,
            trigger=trigger,
            type=type,
        ))

    async def estimate(self, environment_id: Id) -> SnapshotEstimate:
        """Estimate a snapshot.

        How large the environment is, and how long a snapshot of it would take. It reads catalogue
        sizes and looks at the filestore for a bounded time only, so that it answers in about a
        second.
        """
        return await self._run(calls.snapshot_estimate(environment_id))

    async def estimate_if_changed(self, environment_id: Id, *, etag: str) -> SnapshotEstimate | None:
        """The same as `estimate`, or `None` while it is still what carries the tag."""
        return await self._run(calls.snapshot_estimate(environment_id).if_changed(etag))

    async def view(self, environment_id: Id, snapshot_id: Id) -> SnapshotDetails:
        """View a snapshot.

        One snapshot, with the rollbacks that used it and its newest verification.
        """
        return await self._run(calls.snapshot_view(environment_id, snapshot_id))

    async def view_if_changed(
        self,
        environment_id: Id,
        snapshot_id: Id,
        *,
        etag: str,
    ) -> SnapshotDetails | None:
        """The same as `view`, or `None` while it is still what carries the tag."""
        return await self._run(calls.snapshot_view(environment_id, snapshot_id).if_changed(etag))

    async def delete(
        self,
        environment_id: Id,
        snapshot_id: Id,
        *,
        base: Literal["detach"] | None = None,
    ) -> None:
        """Delete a snapshot.

        The snapshot can no longer be used from the moment this answers; its data is removed in the
        background. Refused while it is pinned, locked (`locked_until`), the base of another snapshot,
        running, or in use by a rollback. Asked again while it is `deleting`, what is left is tried
        now.

        `base`: `detach` deletes a base although differentials were built on it. They hold all they
        need and stay as they are; their `base_snapshot_id` becomes `null`. Refused all the same while
        one is being taken on it.
        """
        await self._run(calls.snapshot_delete(environment_id, snapshot_id, base=base))

    async def pin(
        self,
        environment_id: Id,
        snapshot_id: Id,
        *,
        label: str | None = None,
        reason: str | None = None,
        expires_at: datetime | None | Absent = ABSENT,
    ) -> Snapshot:
        """Pin a snapshot.

        A pinned snapshot is never deleted, by a person or by retention, until its pin expires, if it
        does. An environment has at most `max_pinned` of them. Pinning a pinned snapshot changes what
        is given, and whose pin it is.

        `label`: A short text for people: at most 200 characters, no control characters.

        `reason`: Why, for those who will wonder one day.

        `expires_at`: When the pin stops to hold, at most ten years from now; null: never.
        """
        return await self._run(calls.snapshot_pin(
            environment_id,
            snapshot_id,
            label=label,
            reason=reason,
            expires_at=expires_at,
        ))

    async def unpin(self, environment_id: Id, snapshot_id: Id) -> Snapshot:
        """Unpin a snapshot.

        Retention may delete it again. Unpinning what is not pinned changes nothing.
        """
        return await self._run(calls.snapshot_unpin(environment_id, snapshot_id))

    def watch(self, environment_id: Id, snapshot_id: Id) -> AsyncEvents[SnapshotProgress]:
        """Watch a snapshot.

        A stream of `snapshot-progress` events. It starts with the present state, sends a heartbeat
        every 15 seconds and ends after the event whose `final` is true. With `Last-Event-ID` it
        replays what was missed.

        When the token expires, the last event is `token-expired`; open the stream again with a fresh
        token and the `Last-Event-ID`. A caller, an organization and a process may have so many
        streams at a time; the next one is 429.
        """
        return AsyncEvents(self._session.watch(calls.snapshot_progress(environment_id, snapshot_id)))

    async def cancel(self, environment_id: Id, snapshot_id: Id) -> Snapshot:
        """Cancel a snapshot.

        A queued snapshot is cancelled at once, a running one within seconds; nothing it wrote
        remains. Cancelling a cancelled snapshot changes nothing.
        """
        return await self._run(calls.snapshot_cancel(environment_id, snapshot_id))

    async def verify(
        self,
        environment_id: Id,
        snapshot_id: Id,
        *,
        idempotency_key: str | None = None,
    ) -> Verification:
        """Verify a snapshot.

        Queues a verification: the snapshot is restored into a scratch database on the environment's
        server and a scratch directory beside its filestore, every row and every file is compared with
        what was captured, and both are removed. Nothing live is touched. While a snapshot is being
        verified, this answers with that verification. Watch it with `snapshots.watch_verification`,
        or poll `snapshots.view`.

        `idempotency_key`: Any string you choose. The same key with the same request within 24 hours
        returns what the first one started; with another request it is refused.
        """
        return await self._run(calls.snapshot_verify(
            environment_id,
            snapshot_id,
            idempotency_key=idempotency_key,
        ))

    def watch_verification(self, environment_id: Id, snapshot_id: Id) -> AsyncEvents[VerificationProgress]:
        """Watch a verification.

        A stream of `verification-progress` events of the snapshot's newest verification. It starts
        with the present state, sends a heartbeat every 15 seconds and ends after the event whose
        `final` is true. With `Last-Event-ID` it replays what was missed. 404 for a snapshot that
        nobody has verified.

        When the token expires, the last event is `token-expired`; open the stream again with a fresh
        token and the `Last-Event-ID`. A caller, an organization and a process may have so many
        streams at a time; the next one is 429.
        """
        return AsyncEvents(self._session.watch(calls.snapshot_verify_progress(environment_id, snapshot_id)))

    def list_of_project(
        self,
        project_id: Id,
        *,
        environment_type: EnvironmentType | None = None,
        status: SnapshotStatus | None = None,
        restorability: RestorabilityState | None = None,
        page_size: int | None = None,
        offset: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[Snapshot, SnapshotPage]:
        """List a project's snapshots.

        The snapshots of all its environments, newest first.

        `environment_type`: Only snapshots of environments of this type.

        `status`: Only snapshots in this state.

        `restorability`: Only snapshots of this restorability.

        `page_size`: How many items a page has at the most.

        `offset`: How many items to pass over.

        `cursor`: The `next_cursor` of a page of this list: the page behind it, whatever has come or
        gone meanwhile. It stands in place of `offset`, and is not for reading.
        """
        return AsyncPages(self._run, calls.project_snapshot_list(
            project_id,
            environment_type=environment_type,
            status=status,
            restorability=restorability,
            page_size=page_size,
            offset=offset,
            cursor=cursor,
        ))


class AsyncContentsGroup(AsyncGroup):
    """Looking into a snapshot."""

    def tables(
        self,
        environment_id: Id,
        snapshot_id: Id,
        *,
        search: str | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[SnapshotTable, SnapshotTablePage]:
        """List the tables of a snapshot.

        By schema and name, with their rows, their size as text, and what of them was read or carried
        over.

        `search`: Only what has this in its name, in capitals or not.

        `page_size`: How many items a page has at the most.

        `cursor`: The `next_cursor` of a page of this list: the page behind it. It is not for reading.
        """
        return AsyncPages(self._run, calls.snapshot_table_list(
            environment_id,
            snapshot_id,
            search=search,
            page_size=page_size,
            cursor=cursor,
        ))

    def files(
        self,
        environment_id: Id,
        snapshot_id: Id,
        *,
        path: str | None = None,
        path_base64: str | None = None,
        search: str | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[SnapshotFile, SnapshotFilePage]:
        """List a directory of a snapshot, or search below it.

        What is in a directory of the filestore, by name. With `search`, what has that in its name,
        there and in all directories below.

        The first look into a snapshot of very many files takes some seconds; after that it is a
        matter of milliseconds.

        `path`: A path in the filestore, with single slashes between its parts and none at its ends,
        and no `.` or `..` among them; left out or empty: the filestore itself.

        `path_base64`: In place of `path`, which does not count then, for names that are not UTF-8:
        the bytes of the path in base64, as an entry has them.

        `search`: Only what has this in its name, in capitals or not.

        `page_size`: How many items a page has at the most.

        `cursor`: The `next_cursor` of a page of this list: the page behind it. It is not for reading.
        """
        return AsyncPages(self._run, calls.snapshot_file_list(
            environment_id,
            snapshot_id,
            path=path,
            path_base64=path_base64,
            search=search,
            page_size=page_size,
            cursor=cursor,
        ))

    async def file(
        self,
        environment_id: Id,
        snapshot_id: Id,
        *,
        path: str | None = None,
        path_base64: str | None = None,
    ) -> SnapshotFile:
        """View an entry of a snapshot's filestore.

        One file, directory or symbolic link as it was captured.

        `path`: A path in the filestore, with single slashes between its parts and none at its ends,
        and no `.` or `..` among them; left out or empty: the filestore itself.

        `path_base64`: In place of `path`, which does not count then, for names that are not UTF-8:
        the bytes of the path in base64, as an entry has them.
        """
        return await self._run(calls.snapshot_file_view(
            environment_id,
            snapshot_id,
            path=path,
            path_base64=path_base64,
        ))

    async def file_if_changed(
        self,
        environment_id: Id,
        snapshot_id: Id,
        *,
        etag: str,
        path: str | None = None,
        path_base64: str | None = None,
    ) -> SnapshotFile | None:
        """The same as `file`, or `None` while it is still what carries the tag."""
        return await self._run(calls.snapshot_file_view(
            environment_id,
            snapshot_id,
            path=path,
            path_base64=path_base64,
        ).if_changed(etag))

    async def download(
        self,
        environment_id: Id,
        snapshot_id: Id,
        *,
        path: str | None = None,
        path_base64: str | None = None,
    ) -> AsyncDownload:
        """Download a file of a snapshot.

        The bytes of one file, always as an attachment. A download that was cut off goes on with the
        headers `Range` and `If-Range` of RFC 9110, which take the `ETag` of what was begun; of
        several ranges the whole file is sent. Of a `production` environment only with
        `environments:write` besides: its data is not for everybody who may look.

        `path`: A path in the filestore, with single slashes between its parts and none at its ends,
        and no `.` or `..` among them; left out or empty: the filestore itself.

        `path_base64`: In place of `path`, which does not count then, for names that are not UTF-8:
        the bytes of the path in base64, as an entry has them.
        """
        return await AsyncDownload.begin(self._session, calls.snapshot_file_download(
            environment_id,
            snapshot_id,
            path=path,
            path_base64=path_base64,
        ))

    async def compare(self, environment_id: Id, snapshot_id: Id, *, with_: Id) -> SnapshotComparison:
        """Compare two snapshots.

        What has changed from this snapshot to another one of the same project, counted: definitions,
        tables and files. It is told from what the vault knows of both; no data is read.

        `with_`: The other snapshot, of the same project: what it has more is `added`.
        """
        return await self._run(calls.snapshot_compare(environment_id, snapshot_id, with_=with_))

    async def compare_if_changed(
        self,
        environment_id: Id,
        snapshot_id: Id,
        *,
        with_: Id,
        etag: str,
    ) -> SnapshotComparison | None:
        """The same as `compare`, or `None` while it is still what carries the tag."""
        return await self._run(calls.snapshot_compare(environment_id, snapshot_id, with_=with_).if_changed(etag))

    def definition_changes(
        self,
        environment_id: Id,
        snapshot_id: Id,
        *,
        with_: Id,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[DefinitionChange, DefinitionChangePage]:
        """List definitions that are not the same in two snapshots.

        Objects of the database that were added, removed or changed, each with a text diff of what is
        said of it.

        `with_`: The other snapshot, of the same project: what it has more is `added`.

        `page_size`: How many items a page has at the most.

        `cursor`: The `next_cursor` of a page of this list: the page behind it. It is not for reading.
        """
        return AsyncPages(self._run, calls.snapshot_definition_change_list(
            environment_id,
            snapshot_id,
            with_=with_,
            page_size=page_size,
            cursor=cursor,
        ))

    def table_changes(
        self,
        environment_id: Id,
        snapshot_id: Id,
        *,
        with_: Id,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[TableChange, TableChangePage]:
        """List tables that are not the same in two snapshots.

        With how many rows were added, removed and changed, as far as rows are looked at: those parts
        of a table that are not in both, up to 32 MiB of text and 500,000 rows for one page.

        `with_`: The other snapshot, of the same project: what it has more is `added`.

        `page_size`: How many items a page has at the most.

        `cursor`: The `next_cursor` of a page of this list: the page behind it. It is not for reading.
        """
        return AsyncPages(self._run, calls.snapshot_table_change_list(
            environment_id,
            snapshot_id,
            with_=with_,
            page_size=page_size,
            cursor=cursor,
        ))

    def file_changes(
        self,
        environment_id: Id,
        snapshot_id: Id,
        *,
        with_: Id,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[FileChange, FileChangePage]:
        """List files that are not the same in two snapshots.

        Files, directories and symbolic links that were added, removed or changed, and in what.

        `with_`: The other snapshot, of the same project: what it has more is `added`.

        `page_size`: How many items a page has at the most.

        `cursor`: The `next_cursor` of a page of this list: the page behind it. It is not for reading.
        """
        return AsyncPages(self._run, calls.snapshot_file_change_list(
            environment_id,
            snapshot_id,
            with_=with_,
            page_size=page_size,
            cursor=cursor,
        ))


class AsyncItemsGroup(AsyncItemWaits):
    """Taking files and tables out of a snapshot, into the live environment, and taking that back."""

    async def restore(
        self,
        environment_id: Id,
        snapshot_id: Id,
        *,
        idempotency_key: str | None = None,
        files: Sequence[ItemPath] | None = None,
        place: ItemPlacement | None = None,
        tables: Sequence[ItemTable] | None = None,
    ) -> ItemRestore:
        """Take files and tables out of a snapshot.

        Queues a job that puts files, directories and tables of a snapshot into the live environment,
        which goes on running; all of them, or none. Nothing that is there is overwritten: files come
        beside what has their names, as `name.restored-<time>`, or, with `place: in_place`, take its
        place, and it is kept for `undo_minutes`. Tables come into a schema of their own,
        `restored_<snapshot>`, with columns, rows and primary key, from where a person copies by SQL.

        What lies in a directory that is not there any more comes back with that directory, under its
        own name. Watch it with `items.watch`; take it back with `items.undo`.

        `idempotency_key`: Any string you choose. The same key with the same request within 24 hours
        returns what the first one started; with another request it is refused.

        `files`: Files, links and directories.

        `place`: Where restored files go. `beside`: beside what has their names, as
        `name.restored-<time>`. `in_place`: in its place, and it is kept for an undo.

        `tables`: Tables. Of a partitioned one, all rows of its partitions.
        """
        return await self._run(calls.restore_items(
            environment_id,
            snapshot_id,
            idempotency_key=idempotency_key,
            files=files,
            place=place,
            tables=tables,
        ))

    def list(
        self,
        environment_id: Id,
        *,
        page_size: int | None = None,
        offset: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[ItemRestore, ItemRestorePage]:
        """List what was taken out of snapshots.

        What was put into this environment out of snapshots, newest first.

        `page_size`: How many items a page has at the most.

        `offset`: How many items to pass over.

        `cursor`: The `next_cursor` of a page of this list: the page behind it, whatever has come or
        gone meanwhile. It stands in place of `offset`, and is not for reading.
        """
        return AsyncPages(self._run, calls.item_restore_list(
            environment_id,
            page_size=page_size,
            offset=offset,
            cursor=cursor,
        ))

    async def view(self, environment_id: Id, item_restore_id: Id) -> ItemRestore:
        """View what was taken out of a snapshot.

        What was asked for, and what has become of it.
        """
        return await self._run(calls.item_restore_view(environment_id, item_restore_id))

    async def view_if_changed(
        self,
        environment_id: Id,
        item_restore_id: Id,
        *,
        etag: str,
    ) -> ItemRestore | None:
        """The same as `view`, or `None` while it is still what carries the tag."""
        return await self._run(calls.item_restore_view(environment_id, item_restore_id).if_changed(etag))

    def watch(self, environment_id: Id, item_restore_id: Id) -> AsyncEvents[ItemRestoreProgress]:
        """Watch files and tables being taken out of a snapshot.

        A stream of `item-restore-progress` events. It starts with the present state, sends a
        heartbeat every 15 seconds and ends after the event whose `final` is true. With `Last-Event-
        ID` it replays what was missed.

        When the token expires, the last event is `token-expired`; open the stream again with a fresh
        token and the `Last-Event-ID`. A caller, an organization and a process may have so many
        streams at a time; the next one is 429.
        """
        return AsyncEvents(self._session.watch(calls.item_restore_progress(environment_id, item_restore_id)))

    async def undo(self, environment_id: Id, item_restore_id: Id) -> ItemRestore:
        """Take back what was taken out of a snapshot.

        Queues a job that puts back what was in the place of restored files, takes away the others,
        and drops the restored tables. What is not what was restored any more stays, and is told. What
        is taken away is kept as long as what was replaced would have been. Asked again, it answers
        with what is under way.
        """
        return await self._run(calls.item_restore_undo(environment_id, item_restore_id))


class AsyncExportsGroup(AsyncExportWaits):
    """Snapshots as files, for PostgreSQL's own programs and the database managers of applications."""

    async def create(
        self,
        environment_id: Id,
        snapshot_id: Id,
        *,
        idempotency_key: str | None = None,
        format: ExportFormat | None = None,
        layout: ExportLayout | None = None,
        neutralize_for: Id | None | Absent = ABSENT,
    ) -> SnapshotExport:
        """Export a snapshot.

        Queues a job that writes a snapshot as one file, which PostgreSQL's own programs and the
        database managers of applications load: the database is rebuilt in a scratch database on the
        environment's server and dumped from there, so that it can be made harmless before
        (`neutralize_for`). The file is in the directory that the operator has named for it, and is
        had by `exports.download`, until it expires.

        Of a `production` environment whoever lacks `environments:write` may export only what is made
        harmless.

        `idempotency_key`: Any string you choose. The same key with the same request within 24 hours
        returns what the first one started; with another request it is refused.

        `format`: What the archive is. `zip`: for everybody; up to 200,000 files with names in UTF-8.
        `tar_zst`: a tar archive, compressed by Zstandard, for any number of files with any names,
        their modes, owners and times to the nanosecond.

        `layout`: What is in it, beside the filestore as `filestore/` and `manifest.json`. `plain`:
        the database as `dump.sql`, for `psql`. `directory`: the database as `database/`, for
        `pg_restore`. `odoo`: as `plain`, with Odoo's own manifest, for its database managers; a zip.

        `neutralize_for`: An environment of the same project: the data is made harmless as a rollback
        into it would do it, by its `neutralize_sql` and `neutralize_paths`. Left out, it is as it was
        captured, which of a `production` environment takes `environments:write`.
        """
        return await self._run(calls.snapshot_export(
            environment_id,
            snapshot_id,
            idempotency_key=idempotency_key,
            format=format,
            layout=layout,
            neutralize_for=neutralize_for,
        ))

    def list(
        self,
        environment_id: Id,
        *,
        page_size: int | None = None,
        offset: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[SnapshotExport, SnapshotExportPage]:
        """List exports.

        The exports of the snapshots of this environment, newest first.

        `page_size`: How many items a page has at the most.

        `offset`: How many items to pass over.

        `cursor`: The `next_cursor` of a page of this list: the page behind it, whatever has come or
        gone meanwhile. It stands in place of `offset`, and is not for reading.
        """
        return AsyncPages(self._run, calls.snapshot_export_list(
            environment_id,
            page_size=page_size,
            offset=offset,
            cursor=cursor,
        ))

    async def view(self, environment_id: Id, export_id: Id) -> SnapshotExport:
        """View an export.

        What was asked for, and what has become of it.
        """
        return await self._run(calls.snapshot_export_view(environment_id, export_id))

    async def view_if_changed(
        self,
        environment_id: Id,
        export_id: Id,
        *,
        etag: str,
    ) -> SnapshotExport | None:
        """The same as `view`, or `None` while it is still what carries the tag."""
        return await self._run(calls.snapshot_export_view(environment_id, export_id).if_changed(etag))

    async def delete(self, environment_id: Id, export_id: Id) -> SnapshotExport:
        """Remove the file of an export.

        The file is removed; that it was exported is still told. Done already, it is done again.
        """
        return await self._run(calls.snapshot_export_delete(environment_id, export_id))

    def watch(self, environment_id: Id, export_id: Id) -> AsyncEvents[SnapshotExportProgress]:
        """Watch an export.

        A stream of `export-progress` events. It starts with the present state, sends a heartbeat
        every 15 seconds and ends after the event whose `final` is true. With `Last-Event-ID` it
        replays what was missed.

        When the token expires, the last event is `token-expired`; open the stream again with a fresh
        token and the `Last-Event-ID`. A caller, an organization and a process may have so many
        streams at a time; the next one is 429.
        """
        return AsyncEvents(self._session.watch(calls.snapshot_export_progress(environment_id, export_id)))

    async def download(self, environment_id: Id, export_id: Id) -> AsyncDownload:
        """Download an export.

        The file, always as an attachment. A download that was cut off goes on with the headers
        `Range` and `If-Range` of RFC 9110, which take the `ETag` of what was begun. What is not made
        harmless of a `production` environment only with `environments:write` besides.
        """
        return await AsyncDownload.begin(self._session, calls.snapshot_export_download(environment_id, export_id))


class AsyncRollbacksGroup(AsyncRollbackWaits):
    """Bringing an environment back to a snapshot."""

    async def create(
        self,
        environment_id: Id,
        *,
        snapshot_id: Id,
        idempotency_key: str | None = None,
        create_safety_snapshot: bool | None = None,
        target_environment_id: Id | None = None,
        plan_token: str | None = None,
    ) -> RollbackAccepted:
        """Roll back to a snapshot.

        Rebuilds the snapshot beside the live database and filestore, and swaps it in. The environment
        stays up until the swap, which takes well under a second. Unless `create_safety_snapshot` is
        false, a safety snapshot is taken of the state that was swapped out, as it was at that moment:
        the rollback is completed before that begins, and the state is kept until it is. With
        `target_environment_id` another environment of the same project becomes what the snapshot
        holds. With the `plan_token` of a plan it is refused when it is not what that plan says.

        `snapshot_id`: A completed snapshot of the environment in the path.

        `idempotency_key`: Any string you choose. The same key with the same request within 24 hours
        returns what the first one started; with another request it is refused.

        `create_safety_snapshot`: Take a snapshot of the state that is swapped out, right after the
        swap.

        `target_environment_id`: Another environment of the same project that becomes what the
        snapshot holds; by default the one in the path.

        `plan_token`: The `plan_token` of the plan that was looked at and agreed to. The rollback is
        refused (409, `plan-changed`) when it is not what that plan says any more. `rollbacks.plan`
        passes it over.
        """
        return await self._run(calls.rollback_create(
            environment_id,
            snapshot_id=snapshot_id,
            idempotency_key=idempotency_key,
            create_safety_snapshot=create_safety_snapshot,
            target_environment_id=target_environment_id,
            plan_token=plan_token,
        ))

    async def plan(
        self,
        environment_id: Id,
        *,
        snapshot_id: Id,
        create_safety_snapshot: bool | None = None,
        target_environment_id: Id | None = None,
        plan_token: str | None = None,
    ) -> RollbackPlan:
        """Plan a rollback.

        What `rollbacks.create` with the same body would do, and why it would be refused. Changes
        nothing. A `plan_token` in the body is passed over: each plan is made anew, and has one of its
        own.

        A process whose pools do not have the environment's cannot look at its database and directory.
        The plan has the warning `pool-unreachable` then; the worker looks before it touches anything.

        `snapshot_id`: A completed snapshot of the environment in the path.

        `create_safety_snapshot`: Take a snapshot of the state that is swapped out, right after the
        swap.

        `target_environment_id`: Another environment of the same project that becomes what the
        snapshot holds; by default the one in the path.

        `plan_token`: The `plan_token` of the plan that was looked at and agreed to. The rollback is
        refused (409, `plan-changed`) when it is not what that plan says any more. `rollbacks.plan`
        passes it over.
        """
        return await self._run(calls.rollback_plan(
            environment_id,
            snapshot_id=snapshot_id,
            create_safety_snapshot=create_safety_snapshot,
            target_environment_id=target_environment_id,
            plan_token=plan_token,
        ))

    def list(
        self,
        environment_id: Id,
        *,
        page_size: int | None = None,
        offset: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[RollbackLog, RollbackLogPage]:
        """List an environment's rollbacks.

        The rollbacks that changed this environment, newest first.

        `page_size`: How many items a page has at the most.

        `offset`: How many items to pass over.

        `cursor`: The `next_cursor` of a page of this list: the page behind it, whatever has come or
        gone meanwhile. It stands in place of `offset`, and is not for reading.
        """
        return AsyncPages(self._run, calls.rollback_log_list(
            environment_id,
            page_size=page_size,
            offset=offset,
            cursor=cursor,
        ))

    def watch(self, deployment_id: Id) -> AsyncEvents[RollbackProgress]:
        """Watch a rollback.

        A stream of `rollback-progress` events. It starts with the present state, sends a heartbeat
        every 15 seconds and ends after the event whose `final` is true. With `Last-Event-ID` it
        replays what was missed.

        When the token expires, the last event is `token-expired`; open the stream again with a fresh
        token and the `Last-Event-ID`. A caller, an organization and a process may have so many
        streams at a time; the next one is 429.
        """
        return AsyncEvents(self._session.watch(calls.rollback_progress(deployment_id)))

    async def undo(
        self,
        deployment_id: Id,
        *,
        idempotency_key: str | None = None,
        create_safety_snapshot: bool | None = None,
    ) -> RollbackAccepted:
        """Undo a rollback.

        Swaps the previous state back, which a completed rollback keeps for `undo_minutes`. It is a
        rollback of its own: the same swap, the same progress, a log. What it replaces is kept in
        turn, so it can be undone as well. Refused when the time is over, when something changed the
        environment since, and while an operation is under way. A safety snapshot of the previous
        state that has not come half of its way is called off; one that has is waited for.

        `idempotency_key`: Any string you choose. The same key with the same request within 24 hours
        returns what the first one started; with another request it is refused.

        `create_safety_snapshot`: Take a snapshot of the state that is swapped out by the undo, right
        after it.
        """
        return await self._run(calls.rollback_undo(
            deployment_id,
            idempotency_key=idempotency_key,
            create_safety_snapshot=create_safety_snapshot,
        ))

    async def cancel(self, deployment_id: Id) -> RollbackLog:
        """Cancel a rollback.

        Calls a rollback off that has not begun to swap. A queued one ends at once, a running one
        within seconds: what it has built is removed, and its status becomes `cancelled`. The live
        state was not touched. Asking again changes nothing.
        """
        return await self._run(calls.rollback_cancel(deployment_id))


class AsyncDeploymentsGroup(AsyncGroup):
    """The gate a pipeline passes before it changes an environment."""

    def list(
        self,
        environment_id: Id,
        *,
        kind: DeploymentKind | None = None,
        status: DeploymentStatus | None = None,
        gate: Gate | None = None,
        page_size: int | None = None,
        offset: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[Deployment, DeploymentPage]:
        """List an environment's deployments.

        What pipelines announced, and rollbacks, newest first.

        `kind`: Only those that pipelines announced, or only rollbacks.

        `status`: Only deployments in this state.

        `gate`: Only deployments whose gate is this.

        `page_size`: How many items a page has at the most.

        `offset`: How many items to pass over.

        `cursor`: The `next_cursor` of a page of this list: the page behind it, whatever has come or
        gone meanwhile. It stands in place of `offset`, and is not for reading.
        """
        return AsyncPages(self._run, calls.deployment_list(
            environment_id,
            kind=kind,
            status=status,
            gate=gate,
            page_size=page_size,
            offset=offset,
            cursor=cursor,
        ))

    async def create(
        self,
        environment_id: Id,
        *,
        idempotency_key: str | None = None,
        version: str | None = None,
    ) -> Deployment:
        """Announce a deployment.

        A pipeline calls this before it changes the environment and waits until `gate` is `open`. With
        `auto_enabled` a `pre_deploy` snapshot is queued, and the gate opens when it completes; with
        the setting `verify: after_capture`, when its verification has ended, or after
        `timeout_seconds`. If the snapshot fails, takes longer than `timeout_seconds` or cannot be
        restored as far as is known (`refuted`, or a blocking finding), `failure_policy` decides:
        `block` closes the gate, `continue` opens it with a warning. Where a quota lets no snapshot be
        taken, `block` refuses the deployment, and `continue` opens the gate at once and says why.

        `idempotency_key`: Any string you choose. The same key with the same request within 24 hours
        returns what the first one started; with another request it is refused.

        `version`: What is deployed.
        """
        return await self._run(calls.deployment_create(
            environment_id,
            idempotency_key=idempotency_key,
            version=version,
        ))

    async def view(self, deployment_id: Id) -> DeploymentDetails:
        """View a deployment.

        A deployment that a pipeline announced, or a rollback.
        """
        return await self._run(calls.deployment_view(deployment_id))

    async def view_if_changed(self, deployment_id: Id, *, etag: str) -> DeploymentDetails | None:
        """The same as `view`, or `None` while it is still what carries the tag."""
        return await self._run(calls.deployment_view(deployment_id).if_changed(etag))

    async def finish(
        self,
        deployment_id: Id,
        *,
        outcome: Literal["succeeded", "failed"],
        rollback_on_failure: bool | None = None,
    ) -> Deployment:
        """Finish a deployment.

        Says how the deployment ended. With `rollback_on_failure`, which also needs the permission
        `rollbacks:write`, a failed deployment is rolled back to its `pre_deploy` snapshot. Repeating
        the call with the same outcome changes nothing.

        `outcome`: How it ended.

        `rollback_on_failure`: Roll a failed deployment back to its pre-deploy snapshot.
        """
        return await self._run(calls.deployment_finish(
            deployment_id,
            outcome=outcome,
            rollback_on_failure=rollback_on_failure,
        ))


class AsyncSettingsGroup(AsyncGroup):
    """How an environment is captured and how long its snapshots are kept."""

    async def view(self, environment_id: Id) -> SnapshotSettings:
        """View an environment's snapshot settings.

        The defaults, until somebody changes them.
        """
        return await self._run(calls.settings_view(environment_id))

    async def view_if_changed(self, environment_id: Id, *, etag: str) -> SnapshotSettings | None:
        """The same as `view`, or `None` while it is still what carries the tag."""
        return await self._run(calls.settings_view(environment_id).if_changed(etag))

    async def update(
        self,
        environment_id: Id,
        *,
        if_match: str | None = None,
        auto_enabled: bool | None = None,
        failure_policy: FailurePolicy | None = None,
        max_pinned: int | None = None,
        retention_days: int | None | Absent = ABSENT,
        timeout_seconds: int | None = None,
        full_every_days: int | None = None,
        include_unlogged_tables: bool | None = None,
        max_read_bytes_per_second: int | None | Absent = ABSENT,
        file_references: str | None | Absent = ABSENT,
        undo_minutes: int | None = None,
        verify: VerifyWhen | None = None,
        verify_restored: VerifyRestored | None = None,
        database_properties: DatabasePropertiesFrom | None = None,
        standby: StandbyWhen | None = None,
        gate_requires: GateRequires | None = None,
        time_zone: str | None | Absent = ABSENT,
        schedule: Sequence[ScheduleEntry] | None | Absent = ABSENT,
        schedule_paused: bool | None | Absent = ABSENT,
        skip_unchanged: bool | None | Absent = ABSENT,
        keep_last: int | None | Absent = ABSENT,
        keep_hourly: int | None | Absent = ABSENT,
        keep_daily: int | None | Absent = ABSENT,
        keep_weekly: int | None | Absent = ABSENT,
        keep_monthly: int | None | Absent = ABSENT,
        keep_yearly: int | None | Absent = ABSENT,
    ) -> SnapshotSettings:
        """Change an environment's snapshot settings.

        A property left out stays as it is. A `file_references` query needs `environments:write` too.

        `if_match`: The `ETag` of what was read: the change is made only if it is still that, and
        otherwise refused with 412. `*`: whatever it is.

        `auto_enabled`: Take a snapshot before each deployment.

        `failure_policy`: When a pre-deploy snapshot fails: `block` the deployment, or `continue` with
        a warning.

        `max_pinned`: How many snapshots may be pinned.

        `retention_days`: How long snapshots that are not pinned are kept whatever else is said; 0:
        their age alone keeps none.

        `timeout_seconds`: How long a snapshot may take, and a verification.

        `full_every_days`: A snapshot is differential as long as a full one not older than this is
        there to build on, or a rollback has restored one that goes back to such a one.

        `include_unlogged_tables`: Capture what is in unlogged tables, too.

        `max_read_bytes_per_second`: How fast tables are read out at most; null is as fast as it goes.

        `file_references`: A query that returns the paths, relative to the filestore, of the files the
        database refers to: one column of text. It runs read-only in the captured state, with a time
        limit. What it names and the snapshot has not is reported as a warning, by number and digests,
        or fails the snapshot when `failure_policy` is `block`, but never a safety snapshot. Null:
        nothing is compared.

        `undo_minutes`: How long a rollback, or what is taken out of a snapshot in place of something,
        keeps the previous state for an undo; 0 removes it at once.

        `verify`: When snapshots are verified by themselves: `never`, or `after_capture`, each one
        except safety snapshots; the gate of a deployment waits for that, until `timeout_seconds` at
        the longest.

        `verify_restored`: What a rollback compares with the snapshot before it swaps, beyond the hash
        of each piece that comes out of the vault: `counts`, the numbers of rows and files; `sampled`,
        also every row of some tables, 256 MiB of them; `all`, every row and every file, all of which
        then comes from the vault.

        `database_properties`: What a rollback does to the settings (`ALTER DATABASE … SET`, `ALTER
        ROLE … IN DATABASE … SET`), the comment and the connection limit of the database itself:
        `captured` gives back those of the snapshot, `live` keeps the present ones. Owner and
        privileges on the database itself always stay the present ones, and into another environment
        everything does.

        `standby`: Which completed snapshot stands ready beside the live state, restored, compared and
        closed to everybody, so that a rollback to it swaps at once: none (`off`), the newest one
        before a deployment (`pre_deploy`), or the newest of all but safety snapshots (`newest`). It
        takes as much room again as the environment has, on its server and its file system.

        `gate_requires`: What the gate of a deployment waits for: its snapshot is `captured`; it is
        `proven`, by a verification; or a `standby` of it is ready, which `standby` must then allow.
        What has not come within `timeout_seconds`, or not well, is decided by `failure_policy`.

        `time_zone`: In which time zone retention tells hours, days, weeks, months and years apart.

        `schedule`: When snapshots are taken by themselves. What is due at the same moment by several
        entries is one snapshot.

        `schedule_paused`: Nothing is taken by the schedule, until it is false again; what was due
        meanwhile is not made up for.

        `skip_unchanged`: A scheduled snapshot that turns out to be the same as the one before it is
        not kept.

        `keep_last`: So many completed snapshots are kept, the newest.

        `keep_hourly`: The newest snapshot of each of so many hours in which there is one is kept; the
        oldest of all stands in while there are fewer.

        `keep_daily`: The same for days.

        `keep_weekly`: The same for weeks, which begin on Monday.

        `keep_monthly`: The same for months.

        `keep_yearly`: The same for years.
        """
        return await self._run(calls.settings_update(
            environment_id,
            if_match=if_match,
            auto_enabled=auto_enabled,
            failure_policy=failure_policy,
            max_pinned=max_pinned,
            retention_days=retention_days,
            timeout_seconds=timeout_seconds,
            full_every_days=full_every_days,
            include_unlogged_tables=include_unlogged_tables,
            max_read_bytes_per_second=max_read_bytes_per_second,
            file_references=file_references,
            undo_minutes=undo_minutes,
            verify=verify,
            verify_restored=verify_restored,
            database_properties=database_properties,
            standby=standby,
            gate_requires=gate_requires,
            time_zone=time_zone,
            schedule=schedule,
            schedule_paused=schedule_paused,
            skip_unchanged=skip_unchanged,
            keep_last=keep_last,
            keep_hourly=keep_hourly,
            keep_daily=keep_daily,
            keep_weekly=keep_weekly,
            keep_monthly=keep_monthly,
            keep_yearly=keep_yearly,
        ))

    def run_list(
        self,
        environment_id: Id,
        *,
        page_size: int | None = None,
        offset: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[ScheduleRun, ScheduleRunPage]:
        """See what the schedule did.

        The runs of the schedule, the latest first: started, or skipped and why. They are kept for 400
        days.

        `page_size`: How many items a page has at the most.

        `offset`: How many items to pass over.

        `cursor`: The `next_cursor` of a page of this list: the page behind it, whatever has come or
        gone meanwhile. It stands in place of `offset`, and is not for reading.
        """
        return AsyncPages(self._run, calls.schedule_run_list(
            environment_id,
            page_size=page_size,
            offset=offset,
            cursor=cursor,
        ))

    async def defaults_view(self, project_id: Id) -> SnapshotDefaults:
        """View a project's defaults for snapshots.

        The rules that apply to environments of the project that say nothing themselves.
        """
        return await self._run(calls.snapshot_defaults_view(project_id))

    async def defaults_view_if_changed(self, project_id: Id, *, etag: str) -> SnapshotDefaults | None:
        """The same as `defaults_view`, or `None` while it is still what carries the tag."""
        return await self._run(calls.snapshot_defaults_view(project_id).if_changed(etag))

    async def defaults_replace(
        self,
        project_id: Id,
        *,
        rules: Sequence[SnapshotDefaultsRule],
        if_match: str | None = None,
    ) -> SnapshotDefaults:
        """Replace a project's defaults for snapshots.

        From then on they apply to all environments of the project, for what these do not say
        themselves: `sources` in their settings tells. Look at their retention plans before the next
        daily run.

        `rules`: All rules; an empty list removes them.

        `if_match`: The `ETag` of what was read: the change is made only if it is still that, and
        otherwise refused with 412. `*`: whatever it is.
        """
        return await self._run(calls.snapshot_defaults_replace(
            project_id,
            rules=rules,
            if_match=if_match,
        ))


class AsyncRetentionGroup(AsyncGroup):
    """What retention deletes, and why."""

    def plan(
        self,
        environment_id: Id,
        *,
        at: datetime | None = None,
        page_size: int | None = None,
        offset: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[RetentionDecision, RetentionPlan]:
        """See what retention would delete.

        Each completed snapshot, newest first: kept or due, and the reasons. The daily run acts on
        exactly this decision. `next_deletions` tells what it will delete next, `recent_deletions`
        what it has deleted and why. With `at` it is decided as on that day to come, and `forecast`
        tells how much will be there.

        `at`: A time to come, at most ten years from now.

        `page_size`: How many items a page has at the most.

        `offset`: How many items to pass over.

        `cursor`: The `next_cursor` of a page of this list: the page behind it, whatever has come or
        gone meanwhile. It stands in place of `offset`, and is not for reading.
        """
        return AsyncPages(self._run, calls.retention_plan(
            environment_id,
            at=at,
            page_size=page_size,
            offset=offset,
            cursor=cursor,
        ))

    def preview(
        self,
        environment_id: Id,
        *,
        page_size: int | None = None,
        offset: int | None = None,
        cursor: str | None = None,
        at: datetime | None = None,
        retention_days: int | None | Absent = ABSENT,
        time_zone: str | None | Absent = ABSENT,
        schedule: Sequence[ScheduleEntry] | None | Absent = ABSENT,
        keep_last: int | None | Absent = ABSENT,
        keep_hourly: int | None | Absent = ABSENT,
        keep_daily: int | None | Absent = ABSENT,
        keep_weekly: int | None | Absent = ABSENT,
        keep_monthly: int | None | Absent = ABSENT,
        keep_yearly: int | None | Absent = ABSENT,
    ) -> AsyncPages[RetentionDecision, RetentionPlan]:
        """See what retention would delete with other settings.

        The retention plan as it would be if these settings were changed: decided in the same way, and
        nothing is changed. `policy` tells what would be in effect. What a change of the settings
        would be refused for is refused here too.

        `page_size`: How many items a page has at the most.

        `offset`: How many items to pass over.

        `cursor`: The `next_cursor` of a page of this list: the page behind it, whatever has come or
        gone meanwhile. It stands in place of `offset`, and is not for reading.

        `at`: A time to come, at most ten years from now: it is decided as on that day, and `forecast`
        tells how much will be there.

        `retention_days`: How long snapshots that are not pinned are kept whatever else is said; 0:
        their age alone keeps none.

        `time_zone`: In which time zone retention tells hours, days, weeks, months and years apart.

        `schedule`: When snapshots are taken by themselves. What is due at the same moment by several
        entries is one snapshot.

        `keep_last`: So many completed snapshots are kept, the newest.

        `keep_hourly`: The newest snapshot of each of so many hours in which there is one is kept; the
        oldest of all stands in while there are fewer.

        `keep_daily`: The same for days.

        `keep_weekly`: The same for weeks, which begin on Monday.

        `keep_monthly`: The same for months.

        `keep_yearly`: The same for years.
        """
        return AsyncPages(self._run, calls.retention_preview(
            environment_id,
            page_size=page_size,
            offset=offset,
            cursor=cursor,
            at=at,
            retention_days=retention_days,
            time_zone=time_zone,
            schedule=schedule,
            keep_last=keep_last,
            keep_hourly=keep_hourly,
            keep_daily=keep_daily,
            keep_weekly=keep_weekly,
            keep_monthly=keep_monthly,
            keep_yearly=keep_yearly,
        ))


class AsyncProtectionGroup(AsyncGroup):
    """Whether environments are protected, since when not, and why."""

    def list(
        self,
        *,
        state: ProtectionState | None = None,
        environment_id: Id | None = None,
        days: int | None = None,
        page_size: int | None = None,
        offset: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[EnvironmentProtection, ProtectionPage]:
        """See whether environments are protected.

        All environments the caller may see, each with its newest snapshots and what its schedule lets
        expect: those that need somebody first, then by project and name. `summary` counts all of
        them, whatever the page and the filter. With `days`, each has its last days in `history`.

        `state`: Only those in this state.

        `environment_id`: Only this environment.

        `days`: How many days `history` has; left out: it is null.

        `page_size`: How many items a page has at the most.

        `offset`: How many items to pass over.

        `cursor`: The `next_cursor` of a page of this list: the page behind it, whatever has come or
        gone meanwhile. It stands in place of `offset`, and is not for reading.
        """
        return AsyncPages(self._run, calls.protection_list(
            state=state,
            environment_id=environment_id,
            days=days,
            page_size=page_size,
            offset=offset,
            cursor=cursor,
        ))


class AsyncAccessGroup(AsyncGroup):
    """Who calls, and what they may do."""

    async def view(self) -> CallerAccess:
        """See who you are and what you may do.

        What the service takes from the token that comes with the request: who calls, for which
        organization, and what that may do, bundles taken apart. It needs a token that is valid, and
        no permission.
        """
        return await self._run(calls.access_view())

    async def view_if_changed(self, *, etag: str) -> CallerAccess | None:
        """The same as `view`, or `None` while it is still what carries the tag."""
        return await self._run(calls.access_view().if_changed(etag))


class AsyncQuotasGroup(AsyncGroup):
    """What an organization may have."""

    async def view(self) -> QuotaOverview:
        """View the quotas of the organization.

        What the organization may have and what it has, for all of its projects together, also for a
        token that is limited to some. The operator of the service sets the limits. What is over a
        limit stays; what is new is refused until it is below.
        """
        return await self._run(calls.quota_view())

    async def view_if_changed(self, *, etag: str) -> QuotaOverview | None:
        """The same as `view`, or `None` while it is still what carries the tag."""
        return await self._run(calls.quota_view().if_changed(etag))


class AsyncUsageGroup(AsyncGroup):
    """What projects used, by day."""

    def view(
        self,
        *,
        from_day: str | None = None,
        to_day: str | None = None,
        project_id: Id | None = None,
        page_size: int | None = None,
        offset: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[UsageDay, UsagePage]:
        """View what projects used each day.

        For charge-back: a row for each project and day (UTC) of what the caller may see, by day and
        project. Sizes are the mean of the looks of that day, one an hour; a project that is gone
        stays in the days it was there. `look_count` says of how many: hours in which nobody looked
        are left out, and not made up. The present day is as far as it has come.

        `from_day`: The first day; left out: all that are kept.

        `to_day`: The last day; left out: today.

        `project_id`: Only those of this project.

        `page_size`: How many items a page has at the most.

        `offset`: How many items to pass over.

        `cursor`: The `next_cursor` of a page of this list: the page behind it, whatever has come or
        gone meanwhile. It stands in place of `offset`, and is not for reading.
        """
        return AsyncPages(self._run, calls.usage_view(
            from_day=from_day,
            to_day=to_day,
            project_id=project_id,
            page_size=page_size,
            offset=offset,
            cursor=cursor,
        ))


class AsyncWebhooksGroup(AsyncGroup):
    """Being told of what happens in a project."""

    def list(
        self,
        project_id: Id,
        *,
        page_size: int | None = None,
        offset: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[Webhook, WebhookPage]:
        """List a project's webhooks.

        Who is told of what happens in the project, newest first.

        `page_size`: How many items a page has at the most.

        `offset`: How many items to pass over.

        `cursor`: The `next_cursor` of a page of this list: the page behind it, whatever has come or
        gone meanwhile. It stands in place of `offset`, and is not for reading.
        """
        return AsyncPages(self._run, calls.webhook_list(
            project_id,
            page_size=page_size,
            offset=offset,
            cursor=cursor,
        ))

    async def create(
        self,
        project_id: Id,
        *,
        url: str,
        events: Sequence[WebhookEventFilter],
        environment_ids: Sequence[Id] | None | Absent = ABSENT,
        description: str | None | Absent = ABSENT,
        enabled: bool | None = None,
    ) -> WebhookWithSecret:
        """Create a webhook.

        From here on the URL is told of the events that are named, each as a POST that is signed; see
        `webhooks` in this document. The `secret` that signs them is in this answer and in no other.

        `url`: Where events are sent: `https`, or `http` to a host that the service allows by its name
        (WEBHOOK_HOSTS); without user and password, with a host that can be. A token in its path or
        query is a secret: it is shown to `webhooks:read` only, and in no log.

        `events`: The types of events that it is told of.

        `environment_ids`: Only of these environments of the project; `null` is of all.

        `description`: What it is for.

        `enabled`: Whether it is told anything.
        """
        return await self._run(calls.webhook_create(
            project_id,
            url=url,
            events=events,
            environment_ids=environment_ids,
            description=description,
            enabled=enabled,
        ))

    async def view(self, webhook_id: Id) -> Webhook:
        """View a webhook.

        A webhook, and whether its deliveries arrive. Its secret is not shown.
        """
        return await self._run(calls.webhook_view(webhook_id))

    async def view_if_changed(self, webhook_id: Id, *, etag: str) -> Webhook | None:
        """The same as `view`, or `None` while it is still what carries the tag."""
        return await self._run(calls.webhook_view(webhook_id).if_changed(etag))

    async def update(
        self,
        webhook_id: Id,
        *,
        if_match: str | None = None,
        url: str | None = None,
        events: Sequence[WebhookEventFilter] | None = None,
        environment_ids: Sequence[Id] | None | Absent = ABSENT,
        description: str | None | Absent = ABSENT,
        enabled: bool | None = None,
    ) -> Webhook:
        """Change a webhook.

        A property left out stays as it is. While `enabled` is false nothing is written down for it,
        and what was still to be delivered is `skipped`; set to true again it begins anew.

        `if_match`: The `ETag` of what was read: the change is made only if it is still that, and
        otherwise refused with 412. `*`: whatever it is.

        `url`: Where events are sent: `https`, or `http` to a host that the service allows by its name
        (WEBHOOK_HOSTS); without user and password, with a host that can be. A token in its path or
        query is a secret: it is shown to `webhooks:read` only, and in no log.

        `events`: The types of events that it is told of.

        `environment_ids`: Only of these environments of the project; `null` is of all.

        `description`: What it is for; `null` removes it.

        `enabled`: Whether it is told anything.
        """
        return await self._run(calls.webhook_update(
            webhook_id,
            if_match=if_match,
            url=url,
            events=events,
            environment_ids=environment_ids,
            description=description,
            enabled=enabled,
        ))

    async def delete(self, webhook_id: Id) -> None:
        """Delete a webhook.

        The URL is told nothing any more, and what was still to be delivered is forgotten.
        """
        await self._run(calls.webhook_delete(webhook_id))

    async def rotate_secret(
        self,
        webhook_id: Id,
        *,
        overlap_hours: int | None = None,
    ) -> WebhookWithSecret:
        """Give a webhook a new secret.

        The new `secret` is in this answer and in no other. For `overlap_hours` events are signed with
        the old one too, so that receivers can be changed one after the other. An older one, whose
        overlap had not ended, ends now.

        `overlap_hours`: For how long the old one signs, too; 0 is not at all.
        """
        return await self._run(calls.webhook_rotate_secret(webhook_id, overlap_hours=overlap_hours))

    async def test(self, webhook_id: Id) -> WebhookDelivery:
        """Send a test event.

        Sends the webhook an event of the type `test`, whichever it names, in the way of all others.
        It does not wait for the end: look at `webhooks.delivery_list`.
        """
        return await self._run(calls.webhook_test(webhook_id))

    def delivery_list(
        self,
        webhook_id: Id,
        *,
        status: WebhookDeliveryStatus | None = None,
        page_size: int | None = None,
        offset: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[WebhookDelivery, WebhookDeliveryPage]:
        """List a webhook's deliveries.

        What it was told, or is to be, newest first. Deliveries are kept for 30 days, unless the
        service is told otherwise.

        `status`: Only those of this status.

        `page_size`: How many items a page has at the most.

        `offset`: How many items to pass over.

        `cursor`: The `next_cursor` of a page of this list: the page behind it, whatever has come or
        gone meanwhile. It stands in place of `offset`, and is not for reading.
        """
        return AsyncPages(self._run, calls.webhook_delivery_list(
            webhook_id,
            status=status,
            page_size=page_size,
            offset=offset,
            cursor=cursor,
        ))

    async def redeliver(self, webhook_id: Id, delivery_id: Id) -> WebhookDelivery:
        """Deliver an event anew.

        Sends the same event again, under the same `webhook-id`, whatever came of it before; a
        delivery that is pending is tried now. Its tries are counted from the beginning.
        """
        return await self._run(calls.webhook_redeliver(webhook_id, delivery_id))


class AsyncEventsGroup(AsyncGroup):
    """What webhooks are sent."""


class AsyncOperationsGroup(AsyncGroup):
    """What is under way, what hangs, and what needs a person."""

    def list(
        self,
        *,
        environment_id: Id | None = None,
        state: OperationState | None = None,
        page_size: int | None = None,
        offset: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[Operation, OperationPage]:
        """List operations.

        What runs, waits or hangs, in all environments the caller may see: snapshots, verifications
        and rollbacks that have not ended, and what the service looks after in the background. What
        needs a person comes first, then the oldest.

        `environment_id`: Only those of this environment.

        `state`: Only those in this state.

        `page_size`: How many items a page has at the most.

        `offset`: How many items to pass over.

        `cursor`: The `next_cursor` of a page of this list: the page behind it, whatever has come or
        gone meanwhile. It stands in place of `offset`, and is not for reading.
        """
        return AsyncPages(self._run, calls.operations_list(
            environment_id=environment_id,
            state=state,
            page_size=page_size,
            offset=offset,
            cursor=cursor,
        ))

    async def retry(self, operation_id: Id) -> Operation:
        """Try an operation now.

        Tries now what waits for its next try. It does not wait for the end: look at `operations.list`
        again. Snapshots, verifications and rollbacks are not retried by this, they are asked for
        again.
        """
        return await self._run(calls.operation_retry(operation_id))

    async def confirm(self, operation_id: Id) -> Operation:
        """Let an operation go on.

        Lets retention go on that has stopped and asked, because it would delete more snapshots than
        usual. It deletes no more than the `reason` said. Look at `retention.plan` first.
        """
        return await self._run(calls.operation_confirm(operation_id))

    async def give_up(self, operation_id: Id) -> None:
        """Give an operation up.

        Says that what an operation tries to remove is left where it is: it is not tried any more, and
        whoever gives it up looks after it. The `reason` names it.
        """
        await self._run(calls.operation_give_up(operation_id))


class AsyncAuditGroup(AsyncGroup):
    """Who did what, and what was refused."""

    def list(
        self,
        *,
        project_id: Id | None = None,
        environment_id: Id | None = None,
        actor: str | None = None,
        operation: str | None = None,
        outcome: AuditOutcome | None = None,
        subject_id: str | None = None,
        request_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        page_size: int | None = None,
        offset: int | None = None,
        cursor: str | None = None,
    ) -> AsyncPages[AuditEntry, AuditPage]:
        """List who did what.

        What was changed, by whom, and what was refused for want of a permission, newest first:
        requests, and what the service does by itself. Each entry is chained to the one before it, so
        that none can be changed or removed unnoticed. A token that is limited to projects sees the
        entries of those alone.

        `project_id`: Only those of this project.

        `environment_id`: Only those of this environment.

        `actor`: Only what this one did; the `sub` of a token, or `system:` and what it was at.

        `operation`: Only this operation.

        `outcome`: Only what was done, or only what was refused.

        `subject_id`: Only what was done to the thing with this id.

        `request_id`: Only what came of this request; its `X-Request-Id`.

        `since`: Only those of this moment and later.

        `until`: Only those before this moment.

        `page_size`: How many items a page has at the most.

        `offset`: How many items to pass over.

        `cursor`: The `next_cursor` of a page of this list: the page behind it, whatever has come or
        gone meanwhile. It stands in place of `offset`, and is not for reading.
        """
        return AsyncPages(self._run, calls.audit_list(
            project_id=project_id,
            environment_id=environment_id,
            actor=actor,
            operation=operation,
            outcome=outcome,
            subject_id=subject_id,
            request_id=request_id,
            since=since,
            until=until,
            page_size=page_size,
            offset=offset,
            cursor=cursor,
        ))


class AsyncHealthGroup(AsyncGroup):
    """For load balancers and container platforms; needs no token."""

    async def live(self) -> Health:
        """Is the process alive?

        Answers as long as the process can answer at all. It asks nothing of the database.
        """
        return await self._run(calls.health_live())

    async def ready(self) -> Health:
        """Can the service do its work?

        Answers 200 when the state database and the vault answer, 503 otherwise.
        """
        return await self._run(calls.health_ready())
