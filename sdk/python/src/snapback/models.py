# Made from openapi.yaml by "npm run sdk:python"; change the contract.
"""What goes in and comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias
from ._model.base import Id, Model, Page, Tagged, Unrecognized


#: What a token can allow; each operation names the one that it asks for.
Permission: TypeAlias = Literal[
    "snapshots:read",
    "snapshots:write",
    "rollbacks:read",
    "rollbacks:write",
    "settings:read",
    "settings:write",
    "environments:read",
    "environments:write",
    "deployments:read",
    "deployments:write",
    "audit:read",
    "webhooks:read",
    "webhooks:write",
]


#: A stable name of the problem, for programs.
ProblemCode: TypeAlias = Literal[
    "malformed-json",
    "malformed-request",
    "unauthenticated",
    "permission-missing",
    "organization-refused",
    "not-found",
    "method-not-allowed",
    "precondition-failed",
    "name-taken",
    "place-taken",
    "project-not-empty",
    "environment-has-snapshots",
    "environment-busy",
    "kept-state-present",
    "standby-present",
    "no-base",
    "snapshot-pinned",
    "snapshot-locked",
    "snapshot-is-base",
    "snapshot-in-use",
    "snapshot-ended",
    "snapshot-not-completed",
    "pin-limit-reached",
    "rollback-refused",
    "plan-changed",
    "undo-unavailable",
    "rollback-not-cancellable",
    "operation-refused",
    "webhook-limit-reached",
    "webhook-disabled",
    "deployment-finished",
    "gate-not-open",
    "request-timeout",
    "payload-too-large",
    "unsupported-media-type",
    "validation-failed",
    "idempotency-key-reused",
    "too-many-requests",
    "quota-environments-reached",
    "quota-snapshots-reached",
    "quota-stored-bytes-reached",
    "quota-waiting-jobs-reached",
    "headers-too-large",
    "environment-unreachable",
    "too-many-streams",
    "too-many-downloads",
    "snapshot-damaged",
    "range-not-satisfiable",
    "export-refused",
    "service-unavailable",
    "internal-error",
]


#: What the environment is for. Data going from `production` to another type must be neutralized.
EnvironmentType: TypeAlias = Literal[
    "production",
    "staging",
    "development",
]


#: `require` encrypts; `verify-full` also checks the certificate and the host name.
TlsMode: TypeAlias = Literal[
    "disable",
    "require",
    "verify-full",
]


#: What becomes of a snapshot when the worker may not read a file or directory. `fail`: it fails. `warn`: it
#: is taken without them, which its warnings and `left_out` say, and a rollback keeps what is live there.
OnUnreadableFile: TypeAlias = Literal[
    "fail",
    "warn",
]


#: Goes queued → running → completed, failed or cancelled; completed → deleting → gone.
SnapshotStatus: TypeAlias = Literal[
    "queued",
    "running",
    "completed",
    "failed",
    "cancelled",
    "deleting",
]


#: `expected`: nothing speaks against it. `doubtful`: the capture has found something, or a verification
#: could not tell. `proven`: it was restored and compared. `refuted`: a verification found a difference,
#: damage or a failure to restore, or a check of the vault found damage. A rollback to a refuted one is
#: refused, it closes the gate of its deployment, no differential builds on it, and retention does not count
#: it.
RestorabilityState: TypeAlias = Literal[
    "expected",
    "doubtful",
    "proven",
    "refuted",
]


#: `safety` snapshots are of the state that a rollback has swapped out; what is wrong with that state is a
#: warning of theirs.
SnapshotTrigger: TypeAlias = Literal[
    "manual",
    "pre_deploy",
    "scheduled",
    "safety",
]


#: `full` was read in full; `differential` has what had not changed from its base. Both hold all they need.
SnapshotType: TypeAlias = Literal[
    "full",
    "differential",
]


#: Goes queued → running → completed, failed, cancelled or reverted. `reverted`: a worker was lost during
#: the cutover, and the previous state is in place and open.
RollbackStatus: TypeAlias = Literal[
    "queued",
    "running",
    "completed",
    "failed",
    "reverted",
    "cancelled",
]


#: A step of a rollback, in the order in which they are taken; `keep-live` only when the snapshot has left
#: something out, `recovery` only when a worker was lost during the cutover. `safety` is one of plans only:
#: the snapshot that it stands for is taken when the rollback has completed.
RollbackStepName: TypeAlias = Literal[
    "prepare",
    "stage-database",
    "stage-filestore",
    "verify",
    "keep-live",
    "cutover",
    "recovery",
    "cleanup",
    "safety",
]


#: Where a verification is in its life.
VerificationStatus: TypeAlias = Literal[
    "queued",
    "running",
    "ended",
]


#: `equal`: it was restored, and every row and file is what was captured. `different`: it was restored, and
#: something is not. `damaged`: the vault cannot give it back. `failed`: the server refused what the
#: snapshot holds. `inconclusive`: something else was in the way (a server or a vault that does not answer,
#: a full disk, a missing privilege); the finding says what.
VerificationOutcome: TypeAlias = Literal[
    "equal",
    "different",
    "damaged",
    "failed",
    "inconclusive",
]


#: A part of taking a snapshot.
SnapshotPhase: TypeAlias = Literal[
    "prepare",
    "database",
    "filestore",
    "publish",
]


#: What of a table is not in a snapshot: its `rows`, or all of the `table`.
LeftOutPart: TypeAlias = Literal[
    "rows",
    "table",
]


#: What it is.
SnapshotFileKind: TypeAlias = Literal[
    "file",
    "directory",
    "symlink",
]


#: `added`: in the other snapshot only. `removed`: in this one only. `changed`: in both, and not the same.
ComparedChange: TypeAlias = Literal[
    "added",
    "removed",
    "changed",
]


#: What is not the same. `kind`: it is a directory in one and a file in the other, say. The time of a
#: directory does not count.
FileAspect: TypeAlias = Literal[
    "kind",
    "content",
    "target",
    "mode",
    "owner",
    "time",
]


#: Where restored files go. `beside`: beside what has their names, as `name.restored-<time>`. `in_place`: in
#: its place, and it is kept for an undo.
ItemPlacement: TypeAlias = Literal[
    "beside",
    "in_place",
]


#: Where it is in its life. `failed`: nothing was changed, unless the finding says what could not be taken
#: back. `undone`: all of it was taken back, but for what the finding names.
ItemRestoreStatus: TypeAlias = Literal[
    "queued",
    "running",
    "completed",
    "failed",
    "undoing",
    "undone",
]


#: What the archive is. `zip`: for everybody; up to 200,000 files with names in UTF-8. `tar_zst`: a tar
#: archive, compressed by Zstandard, for any number of files with any names, their modes, owners and times
#: to the nanosecond.
ExportFormat: TypeAlias = Literal[
    "zip",
    "tar_zst",
]


#: What is in it, beside the filestore as `filestore/` and `manifest.json`. `plain`: the database as
#: `dump.sql`, for `psql`. `directory`: the database as `database/`, for `pg_restore`. `odoo`: as `plain`,
#: with Odoo's own manifest, for its database managers; a zip.
ExportLayout: TypeAlias = Literal[
    "plain",
    "directory",
    "odoo",
]


#: Where an export is in its life. `removed`, its file was deleted, or its time is over.
ExportStatus: TypeAlias = Literal[
    "queued",
    "running",
    "completed",
    "failed",
    "removed",
]


#: When a pre-deploy snapshot fails: `block` the deployment, or `continue` with a warning.
FailurePolicy: TypeAlias = Literal[
    "block",
    "continue",
]


#: When snapshots are verified by themselves: `never`, or `after_capture`, each one except safety snapshots;
#: the gate of a deployment waits for that, until `timeout_seconds` at the longest.
VerifyWhen: TypeAlias = Literal[
    "never",
    "after_capture",
]


#: What a rollback compares with the snapshot before it swaps, beyond the hash of each piece that comes out
#: of the vault: `counts`, the numbers of rows and files; `sampled`, also every row of some tables, 256 MiB
#: of them; `all`, every row and every file, all of which then comes from the vault.
VerifyRestored: TypeAlias = Literal[
    "counts",
    "sampled",
    "all",
]


#: What a rollback does to the settings (`ALTER DATABASE … SET`, `ALTER ROLE … IN DATABASE … SET`), the
#: comment and the connection limit of the database itself: `captured` gives back those of the snapshot,
#: `live` keeps the present ones. Owner and privileges on the database itself always stay the present ones,
#: and into another environment everything does.
DatabasePropertiesFrom: TypeAlias = Literal[
    "captured",
    "live",
]


#: Which completed snapshot stands ready beside the live state, restored, compared and closed to everybody,
#: so that a rollback to it swaps at once: none (`off`), the newest one before a deployment (`pre_deploy`),
#: or the newest of all but safety snapshots (`newest`). It takes as much room again as the environment has,
#: on its server and its file system.
StandbyWhen: TypeAlias = Literal[
    "off",
    "pre_deploy",
    "newest",
]


#: What the gate of a deployment waits for: its snapshot is `captured`; it is `proven`, by a verification;
#: or a `standby` of it is ready, which `standby` must then allow. What has not come within
#: `timeout_seconds`, or not well, is decided by `failure_policy`.
GateRequires: TypeAlias = Literal[
    "captured",
    "proven",
    "standby",
]


#: Where a setting comes from: the environment itself, the `snapshot-defaults` of its project, or the
#: service.
SettingSource: TypeAlias = Literal[
    "environment",
    "project",
    "default",
]


#: Announced by a pipeline, or a rollback.
DeploymentKind: TypeAlias = Literal[
    "deploy",
    "rollback",
]


#: A `deploy` is running until it is finished; a `rollback` has the states of a rollback.
DeploymentStatus: TypeAlias = Literal[
    "queued",
    "running",
    "completed",
    "failed",
    "reverted",
    "cancelled",
]


#: Whether the pipeline may go on: `pending` while the snapshot is taken, then `open` or `closed`.
Gate: TypeAlias = Literal[
    "pending",
    "open",
    "closed",
]


#: A type of events, see `WebhookEventType`; `*` is every one, those of later versions included.
WebhookEventFilter: TypeAlias = Literal[
    "*",
    "snapshot.completed",
    "snapshot.failed",
    "snapshot.refuted",
    "snapshot.deleted",
    "rollback.started",
    "rollback.completed",
    "rollback.failed",
    "rollback.reverted",
    "rollback.undone",
    "gate.opened",
    "gate.closed",
    "environment.attention",
]


#: `active`: what was sent last arrived, or nothing was yet. `failing`: it did not, since `first_failed_at`,
#: and is tried again. `disabled`: it is told nothing.
WebhookState: TypeAlias = Literal[
    "active",
    "failing",
    "disabled",
]


#: `snapshot.completed`, `snapshot.failed`. `snapshot.refuted`: it was found out that it cannot be restored.
#: `snapshot.deleted`: nobody can use it any more. `rollback.started`, `rollback.completed`,
#: `rollback.failed`. `rollback.reverted`: the old state is in place again. `rollback.undone`: what the
#: rollback had replaced is live again. `gate.opened`, `gate.closed`: of a deployment.
#: `environment.attention`: an operation of the environment began to need a person. `test`: asked for with
#: `webhooks.test`.
WebhookEventType: TypeAlias = Literal[
    "snapshot.completed",
    "snapshot.failed",
    "snapshot.refuted",
    "snapshot.deleted",
    "rollback.started",
    "rollback.completed",
    "rollback.failed",
    "rollback.reverted",
    "rollback.undone",
    "gate.opened",
    "gate.closed",
    "environment.attention",
    "test",
]


#: `pending`: it is to be made, or tried again. `delivered`: the receiver answered with 2xx. `exhausted`: it
#: was tried for three days, and is not any more. `skipped`: the webhook was disabled before it was made.
WebhookDeliveryStatus: TypeAlias = Literal[
    "pending",
    "delivered",
    "exhausted",
    "skipped",
]


#: `unprotected`: it has a schedule, and no completed snapshot that is not refuted. `late`: the newest one
#: is older than twice the longest time between two runs of its schedule. `paused`: its schedule is.
#: `unscheduled`: it has none, so that nothing is expected. `protected`: all is as it should be.
ProtectionState: TypeAlias = Literal[
    "unprotected",
    "late",
    "paused",
    "unscheduled",
    "protected",
]


#: `proven`: a snapshot that was asked for on that day is completed and was restored and compared. `taken`:
#: one is completed and not refuted; or there was one that has been deleted since; or the schedule found
#: that nothing had changed, so that the state was held already. `failed`: there were only such as failed or
#: are refuted. `nothing`: none was asked for, or only such as were called off or have not ended yet. That a
#: snapshot failed is known for 90 days.
ProtectionDayState: TypeAlias = Literal[
    "proven",
    "taken",
    "failed",
    "nothing",
]


#: `environments`. `snapshots`: queued, running and completed ones. `stored_bytes`: what the vault holds of
#: them, as it is stored. `runningJobs`: jobs that run at a time. `waitingJobs`: jobs that wait.
QuotaName: TypeAlias = Literal[
    "environments",
    "snapshots",
    "storedBytes",
    "runningJobs",
    "waitingJobs",
]


#: `queued`: waits for a worker. `running`: somebody is at it. `waiting`: it did not go well and is tried
#: again, or its time has not come. `attention`: it needs a person; see `help`.
OperationState: TypeAlias = Literal[
    "queued",
    "running",
    "waiting",
    "attention",
]


#: `snapshot`, `verification`, `rollback`, `item-restore`, `export`: what somebody asked for. `rollback-
#: recovery`: a rollback whose worker was lost in the swap. `snapshot-deletion`: the rest of a deleted
#: snapshot. `collection`: content that no snapshot needs any more. `kept-state`: a previous state whose
#: time for an undo is over. `left-over`: what could not be removed beside a live state. `safety-snapshot`:
#: one of a state that a rollback has swapped out, after another one failed. `standby`: one that is to be
#: built, or removed. `retention`: what has had its time. `schedule`: the runs of an environment's schedule.
#: `replication`: what is not in the replica yet, or has to go from it. `webhook-delivery`: a webhook whose
#: receiver does not take what it is sent.
OperationKind: TypeAlias = Literal[
    "snapshot",
    "verification",
    "rollback",
    "item-restore",
    "export",
    "rollback-recovery",
    "snapshot-deletion",
    "collection",
    "kept-state",
    "left-over",
    "safety-snapshot",
    "standby",
    "retention",
    "schedule",
    "webhook-delivery",
    "replication",
]


#: `done`: it was changed, or begun. `refused`: the caller lacked a permission.
AuditOutcome: TypeAlias = Literal[
    "done",
    "refused",
]


#: `caller`: whoever a token names. `system`: the service by itself. `operator`: a person at the command
#: line of the service.
AuditActorKind: TypeAlias = Literal[
    "caller",
    "system",
    "operator",
]


#: A part of a verification.
VerificationPhase: TypeAlias = Literal[
    "prepare",
    "stage-database",
    "stage-filestore",
    "verify",
]


#: A part of a rollback.
RollbackPhase: TypeAlias = Literal[
    "prepare",
    "stage-database",
    "stage-filestore",
    "verify",
    "cutover",
    "recovery",
    "cleanup",
]


#: A part of an export: the database is rebuilt, dumped, and the archive is written.
ExportPhase: TypeAlias = Literal[
    "prepare",
    "stage-database",
    "database",
    "stage-filestore",
]


#: A part of the work; the last is the putting into place.
ItemRestorePhase: TypeAlias = Literal[
    "prepare",
    "stage-filestore",
    "stage-database",
    "cutover",
]


@dataclass(frozen=True, kw_only=True, repr=False)
class SnapshotProgress(Model):
    """The state of a snapshot at one moment; the `data` of a `snapshot-progress` event."""

    #: Of the whole; never goes back within one attempt.
    percent: float

    #: Bytes handled in this phase.
    bytes_done: int

    #: Bytes to handle in this phase, when known.
    bytes_total: int | None

    #: Files handled in this phase.
    files_done: int

    #: Files to handle in this phase, when known.
    files_total: int | None

    #: The present rate, when known.
    bytes_per_second: int | None

    #: What is left, when known.
    remaining_seconds: float | None

    #: What is being done.
    message: str

    #: When this was so.
    at: datetime

    #: The last event; the stream ends after it.
    final: bool

    #: The snapshot.
    snapshot_id: str

    status: SnapshotStatus | str

    #: The part of the work; `null` before it starts.
    phase: SnapshotPhase | str | None

    #: Why it failed.
    failure: Finding | None


@dataclass(frozen=True, kw_only=True, repr=False)
class VerificationProgress(Model):
    """The state of a verification at one moment; the `data` of a `verification-progress` event."""

    #: Of the whole; never goes back within one attempt.
    percent: float

    #: Bytes handled in this phase.
    bytes_done: int

    #: Bytes to handle in this phase, when known.
    bytes_total: int | None

    #: Files handled in this phase.
    files_done: int

    #: Files to handle in this phase, when known.
    files_total: int | None

    #: The present rate, when known.
    bytes_per_second: int | None

    #: What is left, when known.
    remaining_seconds: float | None

    #: What is being done.
    message: str

    #: When this was so.
    at: datetime

    #: The last event; the stream ends after it.
    final: bool

    #: The verification.
    verification_id: str

    #: The snapshot.
    snapshot_id: str

    status: VerificationStatus | str

    #: The part of the work; `null` before it starts and after it has ended.
    phase: VerificationPhase | str | None

    #: What came out, once it has ended.
    outcome: VerificationOutcome | str | None

    #: What differs, is damaged or was in the way.
    finding: Finding | None


@dataclass(frozen=True, kw_only=True, repr=False)
class RollbackProgress(Model):
    """The state of a rollback at one moment; the `data` of a `rollback-progress` event."""

    #: Of the whole; never goes back within one attempt.
    percent: float

    #: Bytes handled in this phase.
    bytes_done: int

    #: Bytes to handle in this phase, when known.
    bytes_total: int | None

    #: Files handled in this phase.
    files_done: int

    #: Files to handle in this phase, when known.
    files_total: int | None

    #: The present rate, when known.
    bytes_per_second: int | None

    #: What is left, when known.
    remaining_seconds: float | None

    #: What is being done.
    message: str

    #: When this was so.
    at: datetime

    #: The last event; the stream ends after it.
    final: bool

    #: The rollback.
    deployment_id: str

    #: The environment that is being changed.
    environment_id: str

    #: The snapshot it becomes; `null` once it was deleted.
    snapshot_id: str | None

    status: RollbackStatus | str

    #: The step; `null` before it starts.
    phase: RollbackPhase | str | None

    #: Downtime, once it is over.
    downtime_ms: int | None

    #: Why it failed.
    failure: Finding | None


@dataclass(frozen=True, kw_only=True, repr=False)
class SnapshotExportProgress(Model):
    """How far an export is; the `data` of an `export-progress` event."""

    #: Of the whole; never goes back within one attempt.
    percent: float

    #: Bytes handled in this phase.
    bytes_done: int

    #: Bytes to handle in this phase, when known.
    bytes_total: int | None

    #: Files handled in this phase.
    files_done: int

    #: Files to handle in this phase, when known.
    files_total: int | None

    #: The present rate, when known.
    bytes_per_second: int | None

    #: What is left, when known.
    remaining_seconds: float | None

    #: What is being done.
    message: str

    #: When this was so.
    at: datetime

    #: The last event; the stream ends after it.
    final: bool

    #: The export.
    export_id: str

    #: The snapshot.
    snapshot_id: str

    status: ExportStatus | str

    #: The part of the work; `null` before it starts and after it has ended.
    phase: ExportPhase | str | None

    #: Why it failed.
    finding: Finding | None


@dataclass(frozen=True, kw_only=True, repr=False)
class ItemRestoreProgress(Model):
    """How far it is; the `data` of an `item-restore-progress` event."""

    #: Of the whole; never goes back within one attempt.
    percent: float

    #: Bytes handled in this phase.
    bytes_done: int

    #: Bytes to handle in this phase, when known.
    bytes_total: int | None

    #: Files handled in this phase.
    files_done: int

    #: Files to handle in this phase, when known.
    files_total: int | None

    #: The present rate, when known.
    bytes_per_second: int | None

    #: What is left, when known.
    remaining_seconds: float | None

    #: What is being done.
    message: str

    #: When this was so.
    at: datetime

    #: The last event; the stream ends after it.
    final: bool

    #: What is watched.
    item_restore_id: str

    #: The snapshot.
    snapshot_id: str

    status: ItemRestoreStatus | str

    #: The part of the work; `null` before it starts and after it has ended.
    phase: ItemRestorePhase | str | None

    #: Why it failed, or what could not be taken back.
    finding: Finding | None


@dataclass(frozen=True, kw_only=True, repr=False)
class TokenExpired(Model):
    """Why a stream ends before its subject does; the `data` of a `token-expired` event, the last one."""

    #: Always this.
    code: str

    #: What to do.
    message: str


@dataclass(frozen=True, kw_only=True, repr=False)
class Health(Model):
    """Whether the service can work."""

    #: Always `ok`; trouble is a problem document.
    status: str

    #: Each thing the service needs, and `up`.
    checks: dict[str, str]


@dataclass(frozen=True, kw_only=True, repr=False)
class AccessibleProject(Model):
    """A project that a token is limited to."""

    #: The project.
    id: str

    #: Its name.
    name: str


@dataclass(frozen=True, kw_only=True, repr=False)
class CallerAccess(Tagged):
    """Who calls, and what they may do."""

    #: The subject of the token, by which the audit knows you.
    subject: str

    #: The organization of the token.
    organization: str

    #: All that the token allows, each once; words of other services are left out.
    permissions: list[Permission | str]

    #: The projects that the token is limited to, by name, without those that are not there or belong to
    #: another organization; null: it is limited to none, and reaches all of the organization.
    projects: list[AccessibleProject] | None

    #: When the token ends.
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, repr=False)
class Project(Tagged):
    """A group of environments."""

    #: The project's id.
    id: str

    #: Unique in the organization.
    name: str

    #: What the project is.
    description: str | None

    #: The organization it belongs to, from the token that created it.
    organization: str

    #: How many environments it has.
    environment_count: int

    #: When it was created.
    created_at: datetime

    #: When it was last changed.
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, repr=False)
class ProjectPage(Page):
    """A page of projects."""

    total: int

    total_is_lower_bound: bool

    limit: int

    offset: int

    next_cursor: str | None

    #: The projects of this page.
    items: list[Project]


@dataclass(frozen=True, kw_only=True, repr=False)
class FieldError(Model):
    """One parameter or property that is wrong."""

    #: Its name; parts are separated by dots.
    field: str

    #: What is wrong with it.
    message: str


@dataclass(frozen=True, kw_only=True, repr=False)
class Finding(Model):
    """Something a person should know, with a stable name."""

    #: A stable name, for programs.
    code: str

    #: A sentence, for people.
    message: str


@dataclass(frozen=True, kw_only=True, repr=False)
class ResourceReference(Model):
    """Names one thing in this API."""

    #: What it is.
    kind: Literal["snapshot", "rollback", "deployment", "environment", "item-restore"] | str

    #: Its id.
    id: str


@dataclass(frozen=True, kw_only=True, repr=False)
class Problem(Model):
    """An RFC 9457 problem document."""

    #: A name of the kind of problem: `urn:snapback:problem:` and the code.
    type: str

    #: The kind of problem in a few words.
    title: str

    #: The HTTP status.
    status: int

    code: ProblemCode | str

    #: What is wrong here and what to do about it.
    detail: str

    #: The path of the request.
    instance: str | None = None

    #: The id under which the service logged the request, as in `X-Request-Id`.
    request_id: str | None = None

    #: The trace the request belongs to, as in W3C Trace Context: where the service makes traces, or the
    #: request has named one in `traceparent`.
    trace_id: str | None = None

    #: On 422, each parameter or property that is wrong.
    errors: list[FieldError] | None = None

    #: On a refused rollback, each reason; on a plan that has changed, each change.
    reasons: list[Finding] | None = None

    #: What stands in the way.
    resource: ResourceReference | None = None


@dataclass(frozen=True, kw_only=True, repr=False)
class DatabaseConnectionView(Model):
    """A connection, without its password."""

    #: Always `connection`.
    kind: Literal["connection"] = "connection"

    #: Host name or address.
    host: str

    #: TCP port.
    port: int

    #: Name of the database.
    database: str

    #: Name of the role.
    user: str

    tls: TlsMode | str


@dataclass(frozen=True, kw_only=True, repr=False)
class DatabaseFromVariable(Model):
    """The connection URL stands in a variable of the worker's environment."""

    #: Always `variable`.
    kind: Literal["variable"] = "variable"

    #: Name of the variable; it begins with `ENVIRONMENT_`.
    env: str


@dataclass(frozen=True, kw_only=True, repr=False)
class DatabaseFromFile(Model):
    """The connection URL stands in a file below the worker's `SECRETS_ROOT`."""

    #: Always `file`.
    kind: Literal["file"] = "file"

    #: Path of the file, relative to `SECRETS_ROOT`.
    file: str


@dataclass(frozen=True, kw_only=True, repr=False)
class NeutralizePath(Model):
    """Files by their paths, and what becomes of them."""

    #: Patterns as in a `.gitignore` at the root of the filestore; those that begin with `!` take back what
    #: one before them names.
    paths: Sequence[str]

    #: `remove`: they are not there, and what is below a directory neither. `blank`: regular files are
    #: empty. `replace`: regular files have `content`.
    action: Literal["remove", "blank", "replace"]

    #: What replaces the content of each file, in UTF-8; empty, unless told. It counts with `replace` only.
    content: str | None = None


@dataclass(frozen=True, kw_only=True, repr=False)
class Exclude(Model):
    """What is left out of snapshots, and kept as it is live by rollbacks. Patterns that leave nothing to
    capture are refused; what stays must not need what is left out, or a snapshot fails with `exclude-
    needed`.
    """

    #: Tables that are not captured at all, and that a rollback does not bring back. Patterns like `audit.*`
    #: or `log_20??`, letter for letter; without a schema, in any. One on a partitioned table is about its
    #: partitions.
    tables: Sequence[str] | None = None

    #: Tables whose definition is captured and whose rows are not; a rollback copies the rows that are live.
    #: Patterns as in `tables`.
    rows_of: Sequence[str] | None = None

    #: Files and directories that are not captured; a rollback copies those that are live. Patterns as in a
    #: `.gitignore` at the root of the filestore; those that begin with `!` take back what one before them
    #: names.
    paths: Sequence[str] | None = None


@dataclass(frozen=True, kw_only=True, repr=False)
class HookCallView(Model):
    """A request that is sent, without the values of its headers."""

    #: Always `request`.
    kind: Literal["request"] = "request"

    #: Where it is sent.
    url: str

    #: Names of the headers sent with it.
    header_names: list[str]

    timeout_seconds: int


@dataclass(frozen=True, kw_only=True, repr=False)
class HookCommandView(Model):
    """A program of the worker's."""

    #: Always `command`.
    kind: Literal["command"] = "command"

    #: Its name.
    command: str

    timeout_seconds: int


@dataclass(frozen=True, kw_only=True, repr=False)
class ProvisionedFrom(Model):
    """Of an environment whose database and directory Snapback has made, from which snapshot, and by
    which rollback they are filled.
    """

    #: The snapshot.
    snapshot_id: str

    #: The rollback: watch it with `rollbacks.watch`. Null for a moment, while database and directory are
    #: being made.
    deployment_id: str | None


@dataclass(frozen=True, kw_only=True, repr=False)
class Environment(Tagged):
    """A database and a filestore that belong together."""

    #: The environment's id.
    id: str

    #: The project it belongs to.
    project_id: str

    #: Unique in the project.
    name: str

    type: EnvironmentType | str

    labels: dict[str, str]

    #: Its database, if it has one.
    database: DatabaseView | None

    #: Its filestore, if it has one.
    filestore_path: str | None

    pool: str

    #: What becomes of files that come from production, before anyone can read them; `null` when nobody has
    #: said.
    neutralize_paths: list[NeutralizePath] | None

    #: Run on data that comes from production, before anyone can connect.
    neutralize_sql: str | None

    #: What is left out of its snapshots; `null` when nothing is.
    exclude: Exclude | None

    on_unreadable_file: OnUnreadableFile | str

    #: Accept production data without `neutralize_sql` and `neutralize_paths`.
    allow_unneutralized: bool

    #: Called before a cutover touches anything; when it fails, the rollback does.
    before_cutover: HookView | None

    #: Called whenever `before_cutover` was, once the environment is open again, perhaps more than once; a
    #: failure is a warning.
    after_cutover: HookView | None

    #: From which snapshot Snapback has made its database and directory, which `environments.delete` may
    #: delete then; `null` for others.
    provisioned_from: ProvisionedFrom | None

    #: When it was registered.
    created_at: datetime

    #: When it was last changed.
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, repr=False)
class EnvironmentPage(Page):
    """A page of environments."""

    total: int

    total_is_lower_bound: bool

    limit: int

    offset: int

    next_cursor: str | None

    #: The environments of this page.
    items: list[Environment]


@dataclass(frozen=True, kw_only=True, repr=False)
class DatabaseConnection(Model):
    """How to reach the database. It must own the database and have CREATEDB for a rollback."""

    #: Always `connection`.
    kind: Literal["connection"] = "connection"

    #: Host name or address.
    host: str

    #: TCP port.
    port: int | None = None

    #: Name of the database; any name PostgreSQL takes, quotes and spaces included.
    database: str

    #: Name of the role.
    user: str

    #: Its password. Encrypted at rest, never returned.
    password: str | None = field(default=None, repr=False)

    #: `disable`, unless told.
    tls: TlsMode | None = None


@dataclass(frozen=True, kw_only=True, repr=False)
class HookCall(Model):
    """A request that is sent (POST, JSON with `event`, `outcome`, `deployment_id`, `environment_id`,
    `snapshot_id`). Anything but a 2xx answer is a failure; redirects are not followed.
    """

    #: Always `request`.
    kind: Literal["request"] = "request"

    #: An http or https URL without user and password, with a host that can be. `HOOK_HOSTS` of the worker
    #: may limit it.
    url: str

    #: Headers sent with it. Encrypted at rest, never returned.
    headers: Mapping[str, str] | None = field(default=None, repr=False)

    timeout_seconds: int | None = None


@dataclass(frozen=True, kw_only=True, repr=False)
class HookCommand(Model):
    """A program that the worker's own configuration (`HOOK_COMMANDS`) knows under this name; it reads
    the same JSON from its standard input. An exit status other than 0 is a failure.
    """

    #: Always `command`.
    kind: Literal["command"] = "command"

    #: Its name.
    command: str

    timeout_seconds: int | None = None


@dataclass(frozen=True, kw_only=True, repr=False)
class ProvisionFrom(Model):
    """The database and the directory are not there yet: they are made, and filled from a snapshot of an
    environment of the same project by a rollback into the new one, made harmless by its rules as any
    rollback out of production is. Takes `rollbacks:write` besides, and a process that can reach the
    environment's pool.
    """

    #: The snapshot.
    snapshot_id: Id


@dataclass(frozen=True, kw_only=True, repr=False)
class Standby(Model):
    """A snapshot restored beside the live state, closed to everybody, to be swapped in within a second."""

    #: `building`: it is being restored and compared. `ready`: a rollback to its snapshot swaps it in.
    #: `missing`: there is none, see `reason`; it is built again.
    status: Literal["building", "ready", "missing"] | str

    #: The snapshot that it holds, or will hold.
    snapshot_id: str | None

    #: Size of its database; `null` until it is ready, and without one.
    database_bytes: int | None

    #: Bytes of its files; `null` until it is ready, and without a filestore.
    filestore_bytes: int | None

    #: When it was begun.
    created_at: datetime

    #: Since when it is ready.
    ready_at: datetime | None

    #: Why there is none.
    reason: Finding | None


@dataclass(frozen=True, kw_only=True, repr=False)
class KeptState(Model):
    """A state that a rollback has swapped out."""

    #: The rollback.
    deployment_id: str

    #: The name of the database.
    database: str | None

    #: The path of the directory.
    directory: str | None

    #: Size of the database when the rollback looked at it; `null` without one.
    database_bytes: int | None

    #: Bytes of its files, when its safety snapshot has counted them.
    filestore_bytes: int | None

    #: When it was swapped out.
    swapped_out_at: datetime

    #: Until when it can be swapped back.
    undoable_until: datetime | None

    #: The safety snapshot that it is kept for; `null` when none is outstanding.
    safety_snapshot_id: str | None


@dataclass(frozen=True, kw_only=True, repr=False)
class EnvironmentCheckDatabase(Model):
    """A database, as it was found."""

    #: Its name.
    name: str

    #: The version of its server, as that says it.
    server_version: str

    #: The role that owns it, as which a rollback has to be able to act.
    owner: str

    #: Its size on the server.
    database_bytes: int


@dataclass(frozen=True, kw_only=True, repr=False)
class EnvironmentCheckFilestore(Model):
    """A filestore, as it was found."""

    #: The directory, all links resolved.
    path: str

    #: What a rollback to what is there now needs free on its file system; of a large one it is estimated.
    required_bytes: int

    #: What is free there.
    free_bytes: int


@dataclass(frozen=True, kw_only=True, repr=False)
class EnvironmentCheck(Model):
    """Whether an environment can be captured and rolled back, as it was found."""

    #: The environment.
    environment_id: str

    #: When it was looked at.
    checked_at: datetime

    #: Whether a snapshot can be taken.
    usable: bool

    #: Whether a rollback to a snapshot of what is there now could be done as well; that is so when there
    #: are no refusals.
    rollback_ready: bool

    #: Its database; `null` when it has none, or nobody could look at it.
    database: EnvironmentCheckDatabase | None

    #: Its filestore; `null` when it has none, or nobody could look at it.
    filestore: EnvironmentCheckFilestore | None

    #: What is in the way, each with what to do about it: what keeps it from being captured first, then what
    #: a rollback would be refused for. Codes are those of `failure` of a snapshot and `refusals` of a plan.
    refusals: list[Finding]

    #: What a person should know before.
    warnings: list[Finding]


@dataclass(frozen=True, kw_only=True, repr=False)
class Pin(Model):
    """Why a snapshot is not deleted."""

    #: The subject of the token that pinned it; null for pins of before this was kept.
    by: str | None

    #: Why.
    reason: str | None

    #: When it stops to hold; null: never. The snapshot is told of, and goes a day after that at the
    #: earliest.
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True, repr=False)
class TakenBySchedule(Model):
    """An entry of a schedule, by which a snapshot was taken."""

    #: Its five fields.
    cron: str

    time_zone: str


@dataclass(frozen=True, kw_only=True, repr=False)
class RestorabilityFinding(Model):
    """Something that speaks against restoring a snapshot."""

    #: A stable name, for programs.
    code: str

    #: A sentence, for people.
    message: str

    #: As things stand, it cannot be restored by this role on this server.
    blocking: bool


@dataclass(frozen=True, kw_only=True, repr=False)
class Restorability(Model):
    """Whether a completed snapshot can be restored, and what is known of that."""

    state: RestorabilityState | str

    #: What speaks against it: found by the capture, by a verification or by a check of the vault. At most
    #: 100.
    findings: list[RestorabilityFinding]

    #: When it was last restored and compared, and was what was captured; null when it never was, or the
    #: last comparison said otherwise.
    proven_at: datetime | None


@dataclass(frozen=True, kw_only=True, repr=False)
class Snapshot(Model):
    """An immutable captured state of one environment."""

    #: The snapshot's id.
    id: str

    #: What it is a snapshot of.
    environment_id: str

    #: The project of the environment.
    project_id: str

    type: SnapshotType | str

    #: The snapshot a differential builds on: a full one or, until there is one of what a rollback has put
    #: in place, the one that was rolled back to.
    base_snapshot_id: str | None

    trigger: SnapshotTrigger | str

    status: SnapshotStatus | str

    #: A text for people, given at creation or by a pin.
    label: str | None

    #: A pinned snapshot is never deleted, until its pin expires.
    pinned: bool

    #: When it was pinned.
    pinned_at: datetime | None

    #: Whose pin it is, and why; null when it is not pinned.
    pin: Pin | None

    #: The entries of the schedule it was taken by; none unless `trigger` is `scheduled` and Snapback ran
    #: the schedule.
    schedules: list[TakenBySchedule]

    #: Size of the database on its server, once captured.
    database_bytes: int | None

    #: Bytes of data in the filestore's files, once captured; holes in them do not count.
    filestore_bytes: int | None

    #: Files in the filestore, once captured.
    file_count: int | None

    #: What this snapshot added to the vault, once captured.
    stored_bytes: int | None

    #: Bytes of tables and files that were read out, once captured.
    read_bytes: int | None

    #: Bytes of tables and files that are the base's and were not read out again, once captured.
    carried_over_bytes: int | None

    #: Version of the PostgreSQL server.
    server_version: str | None

    #: From the start of the work to its end.
    duration_ms: int | None

    #: The subject of the token that asked for it.
    requested_by: str

    #: The deployment or rollback it was taken for.
    deployment_id: str | None

    #: What a person should know about it, at most 100.
    warnings: list[Finding]

    #: Why it failed; or, with the code `unchanged`, why the schedule called it off: see `skip_unchanged`.
    failure: Finding | None

    #: Whether it can be restored; null until it is completed.
    restorability: Restorability | None

    #: When it was asked for.
    created_at: datetime

    #: When the work began.
    started_at: datetime | None

    #: When it completed, failed or was cancelled.
    finished_at: datetime | None

    #: Until when the vault's bucket keeps it, and all it needs, from being deleted by anybody, Snapback and
    #: whoever has its credentials included; null until it is completed, and where the service locks nothing
    #: (`VAULT_S3_LOCK_DAYS`).
    locked_until: datetime | None

    #: Since when all of it is in the replica as well, a second vault elsewhere; null until then, and where
    #: the service has none.
    replicated_at: datetime | None


@dataclass(frozen=True, kw_only=True, repr=False)
class SnapshotPage(Page):
    """A page of snapshots."""

    total: int

    total_is_lower_bound: bool

    limit: int

    offset: int

    next_cursor: str | None

    #: The snapshots of this page.
    items: list[Snapshot]


@dataclass(frozen=True, kw_only=True, repr=False)
class SnapshotEstimate(Tagged):
    """How large an environment is, and what a snapshot of it would cost."""

    #: The environment.
    environment_id: str

    #: Size of the database on its server.
    database_bytes: int | None

    #: Bytes of data in the filestore's files; holes in them do not count.
    filestore_bytes: int | None

    #: Files in the filestore.
    file_count: int | None

    #: The filestore was too large to count in time; its figures are projected from a part.
    filestore_extrapolated: bool

    #: How long a snapshot would take.
    expected_duration_seconds: float

    #: What it would add to the vault.
    expected_stored_bytes: int

    #: The snapshot whose ratios were used; `null` for general ones.
    based_on_snapshot_id: str | None


@dataclass(frozen=True, kw_only=True, repr=False)
class StandbyUse(Model):
    """Whether a rollback swapped in a standby."""

    #: Whether it was swapped in, so that nothing had to be rebuilt.
    used: bool

    #: Why it could not be used; the rollback then goes the ordinary way.
    reason: Finding | None


@dataclass(frozen=True, kw_only=True, repr=False)
class RollbackStep(Model):
    """One step a rollback took."""

    name: RollbackStepName | str

    #: How it went.
    status: Literal["running", "completed", "failed", "skipped"] | str

    #: What it did, in a sentence.
    detail: str | None

    #: When it began.
    started_at: datetime

    #: When it ended.
    finished_at: datetime | None


@dataclass(frozen=True, kw_only=True, repr=False)
class RollbackLog(Model):
    """The durable history of one rollback: who, from what, to what, each step, downtime."""

    #: The log's id.
    id: str

    #: The rollback's id.
    deployment_id: str

    #: The environment that was changed.
    environment_id: str

    #: The environment the snapshot was taken of.
    source_environment_id: str

    #: The snapshot; `null` once it was deleted.
    snapshot_id: str | None

    #: The safety snapshot of the state that was swapped out, from the moment of the swap on; `null` when
    #: there is none, or none any more. One that failed is followed by another one.
    safety_snapshot_id: str | None

    #: How far that has come; `null` when there is none.
    safety_snapshot_status: SnapshotStatus | str | None

    #: What became of the standby of the snapshot; `null` when there was none.
    standby: StandbyUse | None

    status: RollbackStatus | str

    #: The steps taken so far.
    steps: list[RollbackStep]

    #: From the last old answer possible to the first new one possible.
    downtime_ms: int | None

    #: From start to end.
    duration_ms: int | None

    #: Name of the previous database, as long as it is kept for an undo or for its safety snapshot; after a
    #: failure of one that was left beside the live one.
    kept_database: str | None

    #: Path of the previous directory, as long as it is kept for an undo or for its safety snapshot; after a
    #: failure of one that was left beside the live one.
    kept_directory: str | None

    #: Until when `rollbacks.undo` can swap the previous state back; `null` when it cannot.
    undoable_until: datetime | None

    #: The rollback that this one undoes.
    undo_of: str | None

    #: The rollback that has undone this one.
    undone_by: str | None

    #: What a person should know about it.
    warnings: list[Finding]

    #: Why it failed.
    failure: Finding | None

    #: The subject of the token that asked for it.
    requested_by: str

    #: When it was asked for.
    created_at: datetime

    #: When it began.
    started_at: datetime | None

    #: When it ended.
    finished_at: datetime | None


@dataclass(frozen=True, kw_only=True, repr=False)
class ReadInFull(Model):
    """Tables a differential could not carry over from its base."""

    #: How many tables.
    table_count: int

    #: Why; the rest of "they were read because …".
    reason: str


@dataclass(frozen=True, kw_only=True, repr=False)
class Verification(Model):
    """One verification of a snapshot."""

    #: The verification's id.
    id: str

    #: The snapshot.
    snapshot_id: str

    #: The snapshot's environment.
    environment_id: str

    status: VerificationStatus | str

    #: What came out, once it has ended.
    outcome: VerificationOutcome | str | None

    #: What differs, is damaged or was in the way; null for `equal`.
    finding: Finding | None

    #: Tables compared, of an `equal` one.
    table_count: int | None

    #: Rows compared, of an `equal` one.
    row_count: int | None

    #: Files compared, of an `equal` one.
    file_count: int | None

    #: Bytes of files compared, of an `equal` one.
    filestore_bytes: int | None

    #: The subject of the token that asked for it, or `settings`.
    requested_by: str

    #: When it was asked for.
    created_at: datetime

    #: When the work began.
    started_at: datetime | None

    #: When it ended.
    finished_at: datetime | None


@dataclass(frozen=True, kw_only=True, repr=False)
class LeftOutTable(Model):
    """A table, by its name."""

    #: Its schema.
    schema: str

    #: Its name.
    name: str


@dataclass(frozen=True, kw_only=True, repr=False)
class LeftOut(Model):
    """What is not in a snapshot though it was there. A rollback keeps what is live there, where it can."""

    #: The environment's `exclude` when it was taken.
    rules: Exclude

    #: Tables whose definition is in it and whose rows are not, partitions one by one; at most 100.
    rows_of: list[LeftOutTable]

    #: How many those are.
    rows_of_count: int

    #: Tables that are not in it; at most 100.
    tables: list[LeftOutTable]

    #: How many those are.
    table_count: int

    #: Files that were left out, without those in left-out directories, which nobody has counted; null when
    #: nobody knows.
    file_count: int | None

    #: Directories that were left out, likewise.
    directory_count: int | None

    #: Files and directories that the worker could not read; at most 10.
    unreadable: list[str]

    #: How many those are.
    unreadable_count: int


@dataclass(frozen=True, kw_only=True, repr=False)
class SnapshotStep(Model):
    """One step of taking a snapshot, by the worker that is taking it or was the last to. Database and
    filestore are read side by side.
    """

    name: SnapshotPhase | str

    #: How it went; `cancelled` is one that was stopped because the snapshot was called off or another step
    #: failed.
    status: Literal["running", "completed", "failed", "cancelled"] | str

    #: Why it failed, in a sentence.
    detail: str | None

    #: When it began.
    started_at: datetime

    #: When it ended.
    finished_at: datetime | None


@dataclass(frozen=True, kw_only=True, repr=False)
class SnapshotTable(Model):
    """A table as it was captured."""

    #: The schema it is in.
    schema: str

    #: Its name.
    name: str

    #: How many rows were captured.
    row_count: int

    #: The rows as text, in the form of `COPY`.
    text_bytes: int

    #: The columns that were captured, in their order. Generated ones are made anew by a restore.
    columns: list[str]

    #: In how many parts it was captured.
    segment_count: int

    #: Of these, so many had not changed since the base, and were not read again.
    carried_over_segment_count: int

    #: When none of its rows has changed since the base of the snapshot: when that was taken. `null` when
    #: some were read for this snapshot, and when the base is gone.
    unchanged_since: datetime | None

    #: What the environment's `exclude` has left out of it; nothing more is known of it then. `null` for a
    #: table that was captured.
    left_out: LeftOutPart | str | None

    #: Why it was read although there was a base; `null` where nothing kept it from being compared.
    read_in_full_reason: str | None

    #: Of an extension's table: the SQL condition of the rows that are captured. The others come with the
    #: extension.
    condition: str | None


@dataclass(frozen=True, kw_only=True, repr=False)
class SnapshotTablePage(Page):
    """A page of tables, by schema and name."""

    #: The tables of this page.
    items: list[SnapshotTable]

    total: int

    total_is_lower_bound: bool

    limit: int

    offset: int

    next_cursor: str | None


@dataclass(frozen=True, kw_only=True, repr=False)
class SnapshotFile(Tagged):
    """A file, directory or symbolic link as it was captured. Names are what they are: they may hold line
    breaks, escape sequences and marks that turn the direction of writing. Whoever shows one takes
    care of that.
    """

    #: Its path in the filestore; with U+FFFD for what is not UTF-8.
    path: str

    #: The bytes of the path in base64, when they are not UTF-8; otherwise `null`.
    path_base64: str | None

    #: The last part of its path; empty for the filestore itself.
    name: str

    kind: SnapshotFileKind | str

    #: How long a file is; `null` for what is none.
    size_bytes: int | None

    #: Permission bits, as a number.
    mode: int

    #: The owner.
    uid: int

    #: The group.
    gid: int

    #: When it was last changed, to the millisecond.
    modified_at: datetime

    #: Where a symbolic link leads; with U+FFFD for what is not UTF-8. `null` for what is none.
    target: str | None

    #: SHA-256 of the captured bytes of a file, in hexadecimal: of all of it, or, of one with holes, of what
    #: is between them. `null` for what is none.
    sha256: str | None


@dataclass(frozen=True, kw_only=True, repr=False)
class SnapshotFilePage(Page):
    """A page of what is in a directory, by name; or of what was found below it, by directory and name."""

    #: The entries of this page.
    items: list[SnapshotFile]

    total: int

    total_is_lower_bound: bool

    limit: int

    offset: int

    next_cursor: str | None


@dataclass(frozen=True, kw_only=True, repr=False)
class ChangeCounts(Model):
    """How many of something are in the other snapshot only, in this one only, in both and not the same,
    and the same in both.
    """

    #: In the other snapshot only.
    added_count: int

    #: In this snapshot only.
    removed_count: int

    #: In both and not the same.
    changed_count: int

    #: The same in both.
    unchanged_count: int


@dataclass(frozen=True, kw_only=True, repr=False)
class FileChangeCounts(Model):
    """The same of files, directories and links, with the bytes of those files whose content is not in
    both.
    """

    #: In the other snapshot only.
    added_count: int

    #: In this snapshot only.
    removed_count: int

    #: In both and not the same.
    changed_count: int

    #: The same in both.
    unchanged_count: int

    #: Of the other snapshot.
    added_bytes: int

    #: Of this snapshot.
    removed_bytes: int


@dataclass(frozen=True, kw_only=True, repr=False)
class SnapshotComparison(Tagged):
    """What has changed from one snapshot to another, counted."""

    #: The snapshot.
    snapshot_id: str

    #: The other one.
    with_snapshot_id: str

    #: Objects of the database; `null` when one of the two is from before definitions were captured in a
    #: form that can be compared.
    definitions: ChangeCounts | None

    #: Tables by their rows, as the names of what was captured say: one counts as changed, too, when the
    #: same rows lie elsewhere in it. `contents.table_changes` looks at the rows.
    tables: ChangeCounts

    files: FileChangeCounts


@dataclass(frozen=True, kw_only=True, repr=False)
class DefinitionChange(Model):
    """An object of the database that is not the same in both."""

    #: What it is, like `table`, `function` or `index`.
    kind: str

    #: Its name, as SQL has it.
    name: str

    change: ComparedChange | str

    #: What is said of it, line by line, as a unified diff without a header: definition, owner, privileges,
    #: comment. Options of foreign servers, which may be secrets, are not shown; where only they differ it
    #: says so. Beyond 64 KiB it is cut off, and says so.
    diff: str


@dataclass(frozen=True, kw_only=True, repr=False)
class DefinitionChangePage(Page):
    """A page of objects that are not the same in both, by kind and name."""

    #: The objects of this page.
    items: list[DefinitionChange]

    total: int

    total_is_lower_bound: bool

    limit: int

    offset: int

    next_cursor: str | None


@dataclass(frozen=True, kw_only=True, repr=False)
class TableChange(Model):
    """A table that is not the same in both."""

    #: The schema it is in.
    schema: str

    #: Its name.
    name: str

    change: ComparedChange | str

    #: Its rows in this snapshot.
    before_row_count: int | None

    #: Its rows in the other one.
    after_row_count: int | None

    #: This snapshot has left out its rows, so that nobody knows which have changed.
    left_out_before: bool

    #: The other one has.
    left_out_after: bool

    #: Whether the rows were looked at. Otherwise one snapshot has left them out, or only some parts of the
    #: table are others: there was more to read than is read for one page, or the columns are not the same.
    is_exact: bool

    #: Rows in the other snapshot only; `null` unless exact.
    added_row_count: int | None

    #: Rows in this snapshot only; `null` unless exact.
    removed_row_count: int | None

    #: Rows with the same primary key whose other columns are not the same; `null` unless exact. Of a table
    #: without one such a row is one removed and one added.
    changed_row_count: int | None


@dataclass(frozen=True, kw_only=True, repr=False)
class TableChangePage(Page):
    """A page of tables that are not the same in both, by schema and name."""

    #: The tables of this page.
    items: list[TableChange]

    total: int

    total_is_lower_bound: bool

    limit: int

    offset: int

    next_cursor: str | None


@dataclass(frozen=True, kw_only=True, repr=False)
class FileChange(Model):
    """A file, directory or symbolic link that is not the same in both."""

    #: Its path in the filestore; with U+FFFD for what is not UTF-8.
    path: str

    #: The bytes of the path in base64, when they are not UTF-8; otherwise `null`.
    path_base64: str | None

    change: ComparedChange | str

    #: What of it has changed; empty when it is in one of the two only.
    aspects: list[FileAspect | str]

    #: As it is in this snapshot; `null` when it is not.
    before: SnapshotFile | None

    #: As it is in the other one; `null` when it is not.
    after: SnapshotFile | None


@dataclass(frozen=True, kw_only=True, repr=False)
class FileChangePage(Page):
    """A page of what is not the same in both filestores, by directory and name."""

    #: The entries of this page.
    items: list[FileChange]

    total: int

    total_is_lower_bound: bool

    limit: int

    offset: int

    next_cursor: str | None


@dataclass(frozen=True, kw_only=True, repr=False)
class ItemPath(Model):
    """A file, a link or a directory with all that is in it, in the filestore of a snapshot. One of the
    two has to be there.
    """

    #: Its path, with single slashes between its parts and none at its ends, and no `.` or `..` among them.
    path: str | None = None

    #: In place of `path`, which does not count then, for names that are not UTF-8: the bytes of the path in
    #: base64.
    path_base64: str | None = None


@dataclass(frozen=True, kw_only=True, repr=False)
class ItemTable(Model):
    """A table of a snapshot."""

    #: Its schema.
    schema: str

    #: Its name.
    name: str


@dataclass(frozen=True, kw_only=True, repr=False)
class RestoredFile(Model):
    """A file or directory that was asked for, and where it was put."""

    #: What was asked for, as text.
    path: str

    #: The bytes of the path in base64 where it is not UTF-8.
    path_base64: str | None

    #: Its path in the live filestore, once it is known.
    restored_as: str | None

    #: The same in base64 where it is not UTF-8.
    restored_as_base64: str | None

    #: Something was there before, and is kept for an undo.
    kept_previous: bool


@dataclass(frozen=True, kw_only=True, repr=False)
class RestoredTable(Model):
    """A table that was asked for, and where it was put."""

    #: Its schema in the snapshot.
    schema: str

    #: Its name.
    name: str

    #: What it is called in the live database, once it is there.
    restored_as: ItemTable | None

    #: Its rows, once they are there.
    row_count: int | None

    #: Generated columns, which are left out: the live table computes them when rows are copied there.
    computed_columns: list[str]


@dataclass(frozen=True, kw_only=True, repr=False)
class ItemRestore(Tagged):
    """Files and tables that are taken out of a snapshot together."""

    #: Its id.
    id: str

    #: The snapshot.
    snapshot_id: str

    #: The environment that it is put into.
    environment_id: str

    status: ItemRestoreStatus | str

    place: ItemPlacement | str

    #: What of the filestore was asked for.
    files: list[RestoredFile]

    #: What of the database was asked for.
    tables: list[RestoredTable]

    #: Why it failed, or what could not be taken back.
    finding: Finding | None

    #: The subject of the token that asked for it.
    requested_by: str

    #: When it was asked for.
    created_at: datetime

    #: When the work began.
    started_at: datetime | None

    #: When it ended.
    finished_at: datetime | None

    #: Until when it can be taken back; null when that is not possible.
    undo_until: datetime | None


@dataclass(frozen=True, kw_only=True, repr=False)
class ItemRestorePage(Page):
    """A page of what was taken out of snapshots."""

    total: int

    total_is_lower_bound: bool

    limit: int

    offset: int

    next_cursor: str | None

    #: Those of this page.
    items: list[ItemRestore]


@dataclass(frozen=True, kw_only=True, repr=False)
class SnapshotExport(Tagged):
    """A snapshot as a file."""

    #: The export's id.
    id: str

    #: The snapshot.
    snapshot_id: str

    #: The snapshot's environment.
    environment_id: str

    status: ExportStatus | str

    format: ExportFormat | str

    layout: ExportLayout | str

    #: The environment by whose rules the data was made harmless; null: it is as it was captured.
    neutralized_for: str | None

    #: The name of the file, in the directory that the operator has named for exports.
    file_name: str

    #: Its size, once it is completed.
    size_bytes: int | None

    #: Its SHA-256 in hex, once it is completed.
    sha256: str | None

    #: Why it failed.
    finding: Finding | None

    #: The subject of the token that asked for it.
    requested_by: str

    #: When it was asked for.
    created_at: datetime

    #: When the work began.
    started_at: datetime | None

    #: When it ended.
    finished_at: datetime | None

    #: When its file is removed, once there is one.
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True, repr=False)
class SnapshotExportPage(Page):
    """A page of exports."""

    total: int

    total_is_lower_bound: bool

    limit: int

    offset: int

    next_cursor: str | None

    #: The exports of this page.
    items: list[SnapshotExport]


@dataclass(frozen=True, kw_only=True, repr=False)
class RollbackAccepted(Model):
    """A rollback that has been queued."""

    #: The rollback's id.
    deployment_id: str

    #: The environment that is being changed.
    environment_id: str

    #: The snapshot it becomes; for an undo the one of the rollback that is undone, or `null` once that was
    #: deleted.
    snapshot_id: str | None

    #: What happens now.
    message: str


@dataclass(frozen=True, kw_only=True, repr=False)
class RollbackPlanStep(Model):
    """One step of a rollback."""

    name: RollbackStepName | str

    #: What it does, in a sentence.
    description: str


@dataclass(frozen=True, kw_only=True, repr=False)
class SessionGroup(Model):
    """The connections of one application and user."""

    #: Its `application_name`; may be empty.
    application: str

    #: The role.
    user: str

    #: How many connections.
    count: int

    #: Since when the oldest is there, where known.
    since: datetime | None


@dataclass(frozen=True, kw_only=True, repr=False)
class RollbackPlanDatabase(Model):
    """What a rollback does to the database."""

    #: The database that would be replaced.
    name: str

    #: Its present size.
    current_bytes: int

    #: Size of the captured one: what the server needs free. PostgreSQL does not tell its clients what is
    #: free there.
    restore_bytes: int

    #: Whose connections would be ended, at most 100 groups.
    sessions: list[SessionGroup]


@dataclass(frozen=True, kw_only=True, repr=False)
class DatabaseChange(Model):
    """A property of the database itself that a rollback gives back."""

    #: What changes.
    property: Literal["setting", "comment", "connectionLimit"] | str

    #: The name of the setting; `null` for the other properties.
    setting: str | None

    #: Whose sessions the setting is for; `null` is everybody's.
    role: str | None

    #: The present value, its first 200 characters; `null` where there is none, or it is not shown.
    from_: str | None

    #: The value afterwards, likewise.
    to: str | None

    #: Whether the values are shown. Those of parameters with a dot in their name are not: they are an
    #: application's own and may be secrets.
    shown: bool


@dataclass(frozen=True, kw_only=True, repr=False)
class RollbackPlanFilestore(Model):
    """What a rollback does to the filestore."""

    #: The directory that would be replaced.
    path: str

    #: Bytes in the captured files.
    restore_bytes: int

    #: Captured files.
    restore_files: int

    #: What must be free on its file system.
    required_bytes: int

    #: What is free there.
    free_bytes: int


@dataclass(frozen=True, kw_only=True, repr=False)
class RollbackPlan(Model):
    """What a rollback would do, and why it would be refused."""

    #: The environment the snapshot was taken of.
    environment_id: str

    #: The environment that would be changed.
    target_environment_id: str

    #: The snapshot.
    snapshot_id: str

    #: Whether `rollbacks.create` would accept it.
    allowed: bool

    #: Why it would be refused; empty when it is allowed.
    refusals: list[Finding]

    #: What a person should know before.
    warnings: list[Finding]

    #: The steps, in order.
    steps: list[RollbackPlanStep]

    #: The snapshots it reads: this one and its base.
    snapshot_ids: list[str]

    #: Whether a snapshot of the state that is swapped out follows.
    safety_snapshot: bool

    #: Whether a standby of the snapshot is there, so that nothing has to be rebuilt, unless it is found
    #: changed then.
    standby: bool

    #: Whether the data is made harmless on its way: by the target's `neutralize_sql`, its
    #: `neutralize_paths`, or both.
    neutralize: bool

    #: What happens to the database; `null` when it is not part of it, or nobody could look.
    database: RollbackPlanDatabase | None

    #: What of the database itself will be as it was captured, and is something else now; at most 1,000,
    #: settings first. Empty when `database_properties` is `live`, into another environment, and where
    #: nobody could look.
    database_changes: list[DatabaseChange]

    #: What happens to the filestore; `null` when it is not part of it, or nobody could look.
    filestore: RollbackPlanFilestore | None

    #: What the snapshot has left out: of that, what is live in the target is copied into what is rebuilt,
    #: just before it is swapped in. `null` when nothing was.
    left_out: LeftOut | None

    #: From start to end; the environment is up all the while, but for the swap.
    expected_duration_seconds: float

    #: What to send as `plan_token` of a rollback so that it is refused when what this plan says has
    #: changed: the snapshot, the environment, its database or directory, the safety snapshot, whether it is
    #: neutralised, `database_changes`, or a warning that has come. Sessions, sizes and durations may be
    #: others. Opaque; it is good for no rollback when the plan is not allowed.
    plan_token: str


@dataclass(frozen=True, kw_only=True, repr=False)
class RollbackLogPage(Page):
    """A page of rollback logs."""

    total: int

    total_is_lower_bound: bool

    limit: int

    offset: int

    next_cursor: str | None

    #: The logs of this page.
    items: list[RollbackLog]


@dataclass(frozen=True, kw_only=True, repr=False)
class ScheduleEntry(Model):
    """When a snapshot is taken by itself. The five fields of cron: minute, hour, day of the month,
    month, day of the week. A time that the clocks jump over comes when they have jumped; one that
    comes twice as they are set back, comes once, but for those of every hour.
    """

    #: Five fields, such as `0 3 * * *`; names of months and days, lists, ranges, steps and `L` may be used.
    cron: str

    time_zone: str

    #: So many snapshots of this entry are kept, the newest, and the others go whatever `retention_days`
    #: says. Left out: those of this entry are kept as any others are.
    keep: int | None = None


@dataclass(frozen=True, kw_only=True, repr=False)
class ScheduledRun(Model):
    """When a snapshot will be taken by itself, and by which entry."""

    #: When it is due. It begins within `SCHEDULE_JITTER_SECONDS` after that.
    at: datetime

    #: That of the entry.
    cron: str

    time_zone: str


@dataclass(frozen=True, kw_only=True, repr=False)
class SettingSources(Model):
    """Where each of the settings that a project can have defaults of comes from."""

    time_zone: SettingSource | str

    schedule: SettingSource | str

    schedule_paused: SettingSource | str

    skip_unchanged: SettingSource | str

    retention_days: SettingSource | str

    keep_last: SettingSource | str

    keep_hourly: SettingSource | str

    keep_daily: SettingSource | str

    keep_weekly: SettingSource | str

    keep_monthly: SettingSource | str

    keep_yearly: SettingSource | str


@dataclass(frozen=True, kw_only=True, repr=False)
class SnapshotSettings(Tagged):
    """How an environment is captured and how long its snapshots are kept."""

    #: The environment.
    environment_id: str

    #: Take a snapshot before each deployment.
    auto_enabled: bool

    failure_policy: FailurePolicy | str

    #: How many snapshots may be pinned.
    max_pinned: int

    retention_days: int

    #: How long a snapshot may take, and a verification.
    timeout_seconds: int

    #: A snapshot is differential as long as a full one not older than this is there to build on, or a
    #: rollback has restored one that goes back to such a one.
    full_every_days: int

    #: Capture what is in unlogged tables, too.
    include_unlogged_tables: bool

    #: How fast tables are read out at most; null is as fast as it goes.
    max_read_bytes_per_second: int | None

    #: A query that returns the paths, relative to the filestore, of the files the database refers to: one
    #: column of text. It runs read-only in the captured state, with a time limit. What it names and the
    #: snapshot has not is reported as a warning, by number and digests, or fails the snapshot when
    #: `failure_policy` is `block`, but never a safety snapshot. Null: nothing is compared.
    file_references: str | None

    #: How long a rollback, or what is taken out of a snapshot in place of something, keeps the previous
    #: state for an undo; 0 removes it at once.
    undo_minutes: int

    verify: VerifyWhen | str

    verify_restored: VerifyRestored | str

    database_properties: DatabasePropertiesFrom | str

    standby: StandbyWhen | str

    gate_requires: GateRequires | str

    #: In which time zone retention tells hours, days, weeks, months and years apart.
    time_zone: str

    schedule: list[ScheduleEntry]

    #: Nothing is taken by the schedule, until it is false again; what was due meanwhile is not made up for.
    schedule_paused: bool

    #: A scheduled snapshot that turns out to be the same as the one before it is not kept.
    skip_unchanged: bool

    #: So many completed snapshots are kept, the newest.
    keep_last: int

    #: The newest snapshot of each of so many hours in which there is one is kept; the oldest of all stands
    #: in while there are fewer.
    keep_hourly: int

    #: The same for days.
    keep_daily: int

    #: The same for weeks, which begin on Monday.
    keep_weekly: int

    #: The same for months.
    keep_monthly: int

    #: The same for years.
    keep_yearly: int

    #: The next runs of the schedule, at most five; none while it is paused.
    next_runs: list[ScheduledRun]

    sources: SettingSources

    #: When they were last changed.
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, repr=False)
class RetentionDecision(Model):
    """What retention does with one snapshot, and why."""

    #: The snapshot.
    snapshot_id: str

    #: When it was asked for.
    created_at: datetime

    #: Whether it is pinned.
    pinned: bool

    #: `due` is deleted by the next daily run.
    decision: Literal["keep", "due"] | str

    #: Why, one sentence each.
    reasons: list[str]


@dataclass(frozen=True, kw_only=True, repr=False)
class RetentionPolicy(Model):
    """What is kept, in effect."""

    time_zone: str

    retention_days: int

    keep_last: int

    keep_hourly: int

    keep_daily: int

    keep_weekly: int

    keep_monthly: int

    keep_yearly: int


@dataclass(frozen=True, kw_only=True, repr=False)
class RetentionForecast(Model):
    """What will be there on a day to come, if the schedule is kept to and nobody does anything else: an
    expectation, by which nothing is decided.
    """

    #: The day.
    at: datetime

    #: How many of the snapshots that there are will be kept.
    present_count: int

    #: About how many of those that the schedule will take until then will be kept.
    expected_count: int

    #: About how many bytes they will take: what the oldest of them holds, compressed, and what each of the
    #: others adds, those to come as much as the scheduled ones of late. Null where there is nothing yet to
    #: go by.
    stored_bytes: int | None


@dataclass(frozen=True, kw_only=True, repr=False)
class SnapshotDeletion(Model):
    """A snapshot that was deleted, and why."""

    #: The snapshot.
    snapshot_id: str

    #: When it had been asked for.
    created_at: datetime

    #: When it was deleted.
    deleted_at: datetime

    #: The subject of a token, or `retention`.
    deleted_by: str

    #: Why.
    reason: str


@dataclass(frozen=True, kw_only=True, repr=False)
class RetentionPlan(Page):
    """A page of decisions, newest snapshot first."""

    total: int

    total_is_lower_bound: bool

    limit: int

    offset: int

    next_cursor: str | None

    #: The decisions of this page.
    items: list[RetentionDecision]

    #: The setting that was applied.
    retention_days: int

    policy: RetentionPolicy

    #: The time that was taken as now: `at`, or now.
    evaluated_at: datetime

    #: When the next daily run is due.
    next_run_at: datetime

    #: What the next daily run will delete as things stand, oldest first, at most 20.
    next_deletions: list[RetentionDecision]

    #: What will be there at `at`; null without it.
    forecast: RetentionForecast | None

    #: What was deleted and why, newest first, at most 20.
    recent_deletions: list[SnapshotDeletion]


@dataclass(frozen=True, kw_only=True, repr=False)
class ScheduleRun(Model):
    """A run of the schedule, and what came of it."""

    #: The run's id.
    id: str

    #: When it was due; of several that were missed, the last one.
    due_at: datetime

    #: That of the entry.
    cron: str

    time_zone: str

    #: `started`: a snapshot was ordered, whatever became of it. `skipped`: none was, and `reason` says why.
    outcome: Literal["started", "skipped"] | str

    #: How many runs that were missed this stands for; else 1.
    run_count: int

    #: Why it was skipped.
    reason: Finding | None

    #: The snapshot; it may be gone by now.
    snapshot_id: str | None

    #: When it was looked after.
    created_at: datetime


@dataclass(frozen=True, kw_only=True, repr=False)
class ScheduleRunPage(Page):
    """A page of runs, the latest first."""

    total: int

    total_is_lower_bound: bool

    limit: int

    offset: int

    next_cursor: str | None

    #: The runs of this page.
    items: list[ScheduleRun]


@dataclass(frozen=True, kw_only=True, repr=False)
class SnapshotDefaultsRule(Model):
    """What applies to the environments of a project that are of this type, where they say nothing
    themselves. Of several rules that say something of one setting the first counts.
    """

    #: Which environments it is for; left out: all.
    environment_type: EnvironmentType | None = None

    #: In which time zone retention tells hours, days, weeks, months and years apart.
    time_zone: str | None = None

    schedule: Sequence[ScheduleEntry] | None = None

    #: Nothing is taken by the schedule, until it is false again; what was due meanwhile is not made up for.
    schedule_paused: bool | None = None

    #: A scheduled snapshot that turns out to be the same as the one before it is not kept.
    skip_unchanged: bool | None = None

    retention_days: int | None = None

    #: So many completed snapshots are kept, the newest.
    keep_last: int | None = None

    #: The newest snapshot of each of so many hours in which there is one is kept; the oldest of all stands
    #: in while there are fewer.
    keep_hourly: int | None = None

    #: The same for days.
    keep_daily: int | None = None

    #: The same for weeks, which begin on Monday.
    keep_weekly: int | None = None

    #: The same for months.
    keep_monthly: int | None = None

    #: The same for years.
    keep_yearly: int | None = None


@dataclass(frozen=True, kw_only=True, repr=False)
class SnapshotDefaults(Tagged):
    """What applies to the environments of a project that say nothing themselves."""

    #: The project.
    project_id: str

    #: The rules, of which the first that says something counts.
    rules: list[SnapshotDefaultsRule]

    #: When they were last changed; null: never.
    updated_at: datetime | None


@dataclass(frozen=True, kw_only=True, repr=False)
class Deployment(Model):
    """A record of a change to an environment."""

    #: The deployment's id.
    id: str

    #: The environment.
    environment_id: str

    kind: DeploymentKind | str

    status: DeploymentStatus | str

    #: What is deployed.
    version: str | None

    #: The gate of a deploy; `null` for a rollback.
    gate: Gate | str | None

    #: Why the gate is as it is, a warning included.
    gate_reason: str | None

    #: The pre-deploy snapshot, or the one rolled back to; `null` without one or once it was deleted.
    snapshot_id: str | None

    #: The rollback that its failure started.
    rollback_deployment_id: str | None

    #: The subject of the token that asked for it.
    requested_by: str

    #: When it was announced.
    created_at: datetime

    #: When it ended.
    finished_at: datetime | None


@dataclass(frozen=True, kw_only=True, repr=False)
class DeploymentPage(Page):
    """A page of deployments."""

    total: int

    total_is_lower_bound: bool

    limit: int

    offset: int

    next_cursor: str | None

    #: The deployments of this page.
    items: list[Deployment]


@dataclass(frozen=True, kw_only=True, repr=False)
class RollbackReadiness(Model):
    """How quickly a deployment could be taken back."""

    #: Whether its snapshot stands ready to be swapped in.
    ready: bool

    #: From the request to the end; the environment is up all the while, but for the swap.
    expected_seconds: float

    #: The snapshot that stands ready in the environment, be it this one or another; `null` when none does.
    standby_snapshot_id: str | None


@dataclass(frozen=True, kw_only=True, repr=False)
class Webhook(Tagged):
    """Somebody who is told of what happens in a project."""

    #: The webhook's id.
    id: str

    #: The project whose events it is told of.
    project_id: str

    url: str

    #: The types of events that it is told of.
    events: list[WebhookEventFilter | str]

    #: Only of these environments; `null` is of all.
    environment_ids: list[str] | None

    #: What it is for.
    description: str | None

    #: Whether it is told anything.
    enabled: bool

    state: WebhookState | str

    #: Since when nothing but failures came of it; `null` when the last delivery arrived.
    first_failed_at: datetime | None

    #: Why the service has disabled it; `null` when it is enabled, or a person did.
    disabled_because: Finding | None

    #: Until when the secret before the last rotation signs, too.
    previous_secret_until: datetime | None

    #: When it was created.
    created_at: datetime

    #: When it was last changed.
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, repr=False)
class WebhookPage(Page):
    """A page of webhooks."""

    total: int

    total_is_lower_bound: bool

    limit: int

    offset: int

    next_cursor: str | None

    #: The webhooks of this page.
    items: list[Webhook]


@dataclass(frozen=True, kw_only=True, repr=False)
class WebhookWithSecret(Model):
    """A webhook with the secret that signs what it is told."""

    #: The webhook's id.
    id: str

    #: The project whose events it is told of.
    project_id: str

    url: str

    #: The types of events that it is told of.
    events: list[WebhookEventFilter | str]

    #: Only of these environments; `null` is of all.
    environment_ids: list[str] | None

    #: What it is for.
    description: str | None

    #: Whether it is told anything.
    enabled: bool

    state: WebhookState | str

    #: Since when nothing but failures came of it; `null` when the last delivery arrived.
    first_failed_at: datetime | None

    #: Why the service has disabled it; `null` when it is enabled, or a person did.
    disabled_because: Finding | None

    #: Until when the secret before the last rotation signs, too.
    previous_secret_until: datetime | None

    #: When it was created.
    created_at: datetime

    #: When it was last changed.
    updated_at: datetime

    #: `whsec_` and 32 random bytes in base64, as libraries for Standard Webhooks take it. Shown here once,
    #: and never again.
    secret: str


@dataclass(frozen=True, kw_only=True, repr=False)
class WebhookAttempt(Model):
    """What came of a try."""

    #: When it ended.
    at: datetime

    #: The HTTP status of the answer; `null` when there was none.
    status: int | None

    #: What was wrong; `null` when it arrived.
    finding: Finding | None


@dataclass(frozen=True, kw_only=True, repr=False)
class WebhookDelivery(Model):
    """An event on its way to a webhook."""

    #: The delivery's id.
    id: str

    #: The webhook.
    webhook_id: str

    #: The `id` of the event, and the `webhook-id` of each try.
    event_id: str

    event_type: WebhookEventType | str

    #: The environment in which it happened; `null` of a test.
    environment_id: str | None

    status: WebhookDeliveryStatus | str

    #: How often it was tried.
    attempt_count: int

    #: When it is tried next, or later while the receiver is away; `null` when it is not.
    next_attempt_at: datetime | None

    #: The last try; `null` before the first.
    last_attempt: WebhookAttempt | None

    #: When it arrived.
    delivered_at: datetime | None

    #: When it happened.
    created_at: datetime


@dataclass(frozen=True, kw_only=True, repr=False)
class WebhookDeliveryPage(Page):
    """A page of deliveries."""

    total: int

    total_is_lower_bound: bool

    limit: int

    offset: int

    next_cursor: str | None

    #: The deliveries of this page.
    items: list[WebhookDelivery]


@dataclass(frozen=True, kw_only=True, repr=False)
class ProtectionDay(Model):
    """What became of the snapshots of one day."""

    #: The day, in the environment's `time_zone`.
    date: str

    state: ProtectionDayState | str


@dataclass(frozen=True, kw_only=True, repr=False)
class ProtectionStandby(Model):
    """Whether a snapshot stands ready beside the live state."""

    #: `ready`: a rollback to its snapshot swaps it in. `building`: it is being restored and compared.
    #: `none`: the settings ask for one, and there is none, or not yet. `off`: the settings ask for none.
    state: Literal["off", "building", "ready", "none"] | str

    #: The snapshot that it holds, or will hold.
    snapshot_id: str | None


@dataclass(frozen=True, kw_only=True, repr=False)
class EnvironmentProtection(Model):
    """Whether an environment is protected, and since when not, and why."""

    #: The environment.
    environment_id: str

    #: Its name.
    environment_name: str

    environment_type: EnvironmentType | str

    #: Its project.
    project_id: str

    #: The name of the project.
    project_name: str

    state: ProtectionState | str

    #: Since when it is unprotected or late; null for all others.
    since: datetime | None

    #: What is known of why: how the last snapshot failed after the last good one, or why the schedule
    #: skipped its last run.
    reason: Finding | None

    #: When the newest completed snapshot was asked for that is not refuted, or the schedule found that
    #: nothing had changed since.
    last_successful_at: datetime | None

    #: When the newest snapshot was asked for that was restored and compared.
    last_proven_at: datetime | None

    #: The longest time between two runs of the schedule; 0: nothing is expected.
    expected_interval_seconds: int

    #: When the schedule runs next.
    next_run_at: datetime | None

    #: The last `days`, one a day, the earliest first and today last; null without `days`.
    history: list[ProtectionDay] | None

    standby: ProtectionStandby

    #: How long a rollback to the newest snapshot that can be restored would take, by what was measured when
    #: it was taken; null: there is none. The plan of the rollback looks at the environment too.
    expected_rollback_seconds: float | None


@dataclass(frozen=True, kw_only=True, repr=False)
class ProtectionSummary(Model):
    """How many environments are in each state."""

    #: How many are unprotected.
    unprotected_count: int

    #: How many are late.
    late_count: int

    #: Of how many the schedule is paused.
    paused_count: int

    #: How many have no schedule.
    unscheduled_count: int

    #: How many are protected.
    protected_count: int


@dataclass(frozen=True, kw_only=True, repr=False)
class ProtectionPage(Page):
    """A page of environments, those that need somebody first."""

    total: int

    total_is_lower_bound: bool

    limit: int

    offset: int

    next_cursor: str | None

    #: The environments of this page.
    items: list[EnvironmentProtection]

    summary: ProtectionSummary


@dataclass(frozen=True, kw_only=True, repr=False)
class Quota(Model):
    """One limit, and how much there is."""

    name: QuotaName | str

    #: The limit; null: there is none.
    limit: int | None

    #: Whether the operator has said so of this organization, or of all.
    source: Literal["organization", "configuration"] | str

    #: How much there is now.
    used: int

    #: Whether nothing more is let in.
    reached: bool


@dataclass(frozen=True, kw_only=True, repr=False)
class QuotaOverview(Tagged):
    """The quotas of an organization."""

    #: The organization of the token.
    organization: str

    #: One of each name.
    quotas: list[Quota]


@dataclass(frozen=True, kw_only=True, repr=False)
class UsageDay(Model):
    """What a project used on one day."""

    #: The day, in UTC.
    day: str

    #: The project, which may be gone.
    project_id: str

    #: Its name, as it was on that day.
    project_name: str

    #: What its completed snapshots give back, each as a whole; the mean of the looks.
    logical_bytes: int

    #: What the vault holds of it, as it is stored; the mean of the looks.
    stored_bytes: int

    #: What snapshots that were completed on that day have added to the vault.
    added_bytes: int

    #: How many were completed on that day.
    snapshot_count: int

    #: In how many of its hours somebody looked.
    look_count: int


@dataclass(frozen=True, kw_only=True, repr=False)
class UsagePage(Page):
    """A page of days, the earliest first."""

    total: int

    total_is_lower_bound: bool

    limit: int

    offset: int

    next_cursor: str | None

    #: The days of this page.
    items: list[UsageDay]


@dataclass(frozen=True, kw_only=True, repr=False)
class Operation(Model):
    """Something that runs, waits or hangs."""

    #: Of the operation. That of a snapshot, verification or rollback is its own.
    id: str

    kind: OperationKind | str

    state: OperationState | str

    #: The project it belongs to.
    project_id: str | None

    #: The environment it is about; `null` for what a whole project shares, and for webhooks.
    environment_id: str | None

    #: The snapshot it is about.
    snapshot_id: str | None

    #: The rollback it is about.
    deployment_id: str | None

    #: Since when it is there, or fails.
    since: datetime

    #: How often it was tried in vain.
    try_count: int

    #: When it is tried next.
    next_try_at: datetime | None

    #: Why it waits or needs a person.
    reason: Finding | None

    #: What would help.
    help: str | None


@dataclass(frozen=True, kw_only=True, repr=False)
class OperationPage(Page):
    """A page of operations."""

    total: int

    total_is_lower_bound: bool

    limit: int

    offset: int

    next_cursor: str | None

    #: The operations of this page.
    items: list[Operation]


@dataclass(frozen=True, kw_only=True, repr=False)
class AuditEntry(Model):
    """Something that was done, or refused."""

    #: Its number in the organization: 1, 2, 3, without gaps.
    sequence: int

    #: When it was done.
    at: datetime

    #: Who did it: the `sub` of a token, `system:` and what the service was at, or `operator:` and a name.
    actor: str

    actor_kind: AuditActorKind | str

    #: The operation, as in this contract; of what is no request a word such as `snapshot.expire`.
    operation: str

    outcome: AuditOutcome | str

    #: The project it was about.
    project_id: str | None

    #: What that is called now; `null` when it is gone.
    project_name: str | None

    #: The environment it was about.
    environment_id: str | None

    #: What that is called now; `null` when it is gone.
    environment_name: str | None

    #: What it was done to, such as `snapshot`.
    subject_kind: str | None

    #: The id of that.
    subject_id: str | None

    #: The address that the request came from.
    address: str | None

    #: The program that sent it, and its version.
    user_agent: str | None

    #: The id of the request, its `X-Request-Id`.
    request_id: str | None

    #: What was changed, as it was before; `null` for what is new.
    before: dict[str, object] | None

    #: What was changed, as it was afterwards; `null` for what is gone.
    after: dict[str, object] | None

    #: SHA-256 of all of it and of the hash of the entry before it, as hexadecimal digits.
    hash: str


@dataclass(frozen=True, kw_only=True, repr=False)
class AuditPage(Page):
    """A page of entries."""

    total: int

    total_is_lower_bound: bool

    limit: int

    offset: int

    next_cursor: str | None

    #: The entries of this page.
    items: list[AuditEntry]


#: How the database is reached.
DatabaseView: TypeAlias = DatabaseConnectionView | DatabaseFromVariable | DatabaseFromFile | Unrecognized


#: What is called around a cutover.
HookView: TypeAlias = HookCallView | HookCommandView | Unrecognized


#: A connection, or where the worker finds its URL.
DatabaseInput: TypeAlias = DatabaseConnection | DatabaseFromVariable | DatabaseFromFile


#: What is called around a cutover.
HookInput: TypeAlias = HookCall | HookCommand


@dataclass(frozen=True, kw_only=True, repr=False)
class EnvironmentDetails(Environment, Tagged):
    """An environment, and what lies beside its live state."""

    #: What would be swapped in at once; `null` when there is none, and none is wanted.
    standby: Standby | None

    #: What rollbacks have swapped out and keep for an undo or for their safety snapshot, oldest first.
    kept_states: list[KeptState]


@dataclass(frozen=True, kw_only=True, repr=False)
class SnapshotDetails(Snapshot, Tagged):
    """A snapshot, the rollbacks that used it and its newest verification."""

    #: The rollbacks to this snapshot, newest first, at most 100.
    rollback_logs: list[RollbackLog]

    #: Of a differential: why tables, or parts of them, were read all the same, most frequent first; at most
    #: 100.
    read_in_full: list[ReadInFull]

    #: Its newest verification; null when there was none.
    verification: Verification | None

    #: What was there and is not in it; `null` when nothing was to be left out.
    left_out: LeftOut | None

    #: What was done to take it, in the order in which it began; empty before that, and for snapshots of
    #: before this was kept.
    steps: list[SnapshotStep]


@dataclass(frozen=True, kw_only=True, repr=False)
class DeploymentDetails(Deployment, Tagged):
    """A record of a change to an environment, and how quickly it could be taken back."""

    #: What a rollback to its pre-deploy snapshot would take; `null` without a completed one.
    rollback: RollbackReadiness | None
