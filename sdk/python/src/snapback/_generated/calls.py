# Made from openapi.yaml by "npm run sdk:python"; change the contract.
"""What each operation asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal
from .._http.call import Call, File, Stream, chosen_key, left_out, nothing, path_of, reading
from .._model.base import Id
from ..absent import ABSENT, Absent
from ..models import (
    AuditOutcome,
    AuditPage,
    CallerAccess,
    DatabaseInput,
    DatabasePropertiesFrom,
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
    EnvironmentType,
    Exclude,
    ExportFormat,
    ExportLayout,
    FailurePolicy,
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
    Project,
    ProjectPage,
    ProtectionPage,
    ProtectionState,
    ProvisionFrom,
    QuotaOverview,
    RestorabilityState,
    RetentionPlan,
    RollbackAccepted,
    RollbackLog,
    RollbackLogPage,
    RollbackPlan,
    RollbackProgress,
    ScheduleEntry,
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
    SnapshotTablePage,
    SnapshotTrigger,
    SnapshotType,
    StandbyWhen,
    TableChangePage,
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


def health_live() -> Call[Health]:
    return Call(
        "GET",
        path_of("/api/v1/health/live"),
        reading(Health),
        authorized=False,
    )


def health_ready() -> Call[Health]:
    return Call(
        "GET",
        path_of("/api/v1/health/ready"),
        reading(Health),
        authorized=False,
    )


def access_view() -> Call[CallerAccess]:
    return Call(
        "GET",
        path_of("/api/v1/access"),
        reading(CallerAccess),
    )


def project_list(
    *,
    page_size: int | None = None,
    offset: int | None = None,
    cursor: str | None = None,
) -> Call[ProjectPage]:
    return Call(
        "GET",
        path_of("/api/v1/projects"),
        reading(ProjectPage),
        query={"limit": page_size, "offset": offset, "cursor": cursor},
    )


def project_create(
    *,
    name: str,
    description: str | None = None,
) -> Call[Project]:
    return Call(
        "POST",
        path_of("/api/v1/projects"),
        reading(Project),
        body={"name": name, "description": left_out(description)},
    )


def project_view(project_id: Id) -> Call[Project]:
    return Call(
        "GET",
        path_of("/api/v1/projects/{}", project_id),
        reading(Project),
    )


def project_update(
    project_id: Id,
    *,
    name: str | None = None,
    description: str | None | Absent = ABSENT,
) -> Call[Project]:
    return Call(
        "PATCH",
        path_of("/api/v1/projects/{}", project_id),
        reading(Project),
        body={"name": left_out(name), "description": description},
    )


def project_delete(project_id: Id) -> Call[None]:
    return Call(
        "DELETE",
        path_of("/api/v1/projects/{}", project_id),
        nothing,
    )


def environment_list(
    project_id: Id,
    *,
    page_size: int | None = None,
    offset: int | None = None,
    cursor: str | None = None,
) -> Call[EnvironmentPage]:
    return Call(
        "GET",
        path_of("/api/v1/projects/{}/environments", project_id),
        reading(EnvironmentPage),
        query={"limit": page_size, "offset": offset, "cursor": cursor},
    )


def environment_create(
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
) -> Call[Environment]:
    return Call(
        "POST",
        path_of("/api/v1/projects/{}/environments", project_id),
        reading(Environment),
        query={"check": check},
        body={
            "name": name,
            "type": type,
            "labels": left_out(labels),
            "database": left_out(database),
            "filestorePath": left_out(filestore_path),
            "pool": left_out(pool),
            "neutralizeSql": left_out(neutralize_sql),
            "neutralizePaths": left_out(neutralize_paths),
            "exclude": left_out(exclude),
            "onUnreadableFile": left_out(on_unreadable_file),
            "allowUnneutralized": left_out(allow_unneutralized),
            "beforeCutover": left_out(before_cutover),
            "afterCutover": left_out(after_cutover),
            "from": left_out(from_),
        },
    )


def environment_view(project_id: Id, environment_id: Id) -> Call[EnvironmentDetails]:
    return Call(
        "GET",
        path_of("/api/v1/projects/{}/environments/{}", project_id, environment_id),
        reading(EnvironmentDetails),
    )


def environment_update(
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
) -> Call[Environment]:
    return Call(
        "PATCH",
        path_of("/api/v1/projects/{}/environments/{}", project_id, environment_id),
        reading(Environment),
        query={"check": check},
        body={
            "name": left_out(name),
            "type": left_out(type),
            "labels": left_out(labels),
            "database": database,
            "filestorePath": filestore_path,
            "pool": left_out(pool),
            "neutralizePaths": neutralize_paths,
            "exclude": exclude,
            "onUnreadableFile": left_out(on_unreadable_file),
            "neutralizeSql": neutralize_sql,
            "allowUnneutralized": left_out(allow_unneutralized),
            "beforeCutover": before_cutover,
            "afterCutover": after_cutover,
        },
        headers={"If-Match": if_match},
    )


def environment_delete(
    project_id: Id,
    environment_id: Id,
    *,
    snapshots: Literal["delete"] | None = None,
    data: Literal["delete"] | None = None,
    if_match: str | None = None,
) -> Call[None]:
    return Call(
        "DELETE",
        path_of("/api/v1/projects/{}/environments/{}", project_id, environment_id),
        nothing,
        query={"snapshots": snapshots, "data": data},
        headers={"If-Match": if_match},
    )


def environment_check(project_id: Id, environment_id: Id) -> Call[EnvironmentCheck]:
    return Call(
        "POST",
        path_of("/api/v1/projects/{}/environments/{}/check", project_id, environment_id),
        reading(EnvironmentCheck),
    )


def snapshot_list(
    environment_id: Id,
    *,
    page_size: int | None = None,
    offset: int | None = None,
    cursor: str | None = None,
    status: SnapshotStatus | None = None,
    restorability: RestorabilityState | None = None,
    trigger: SnapshotTrigger | None = None,
    pinned: bool | None = None,
) -> Call[SnapshotPage]:
    return Call(
        "GET",
        path_of("/api/v1/environments/{}/snapshots", environment_id),
        reading(SnapshotPage),
        query={
            "limit": page_size,
            "offset": offset,
            "cursor": cursor,
            "status": status,
            "restorability": restorability,
            "trigger": trigger,
            "pinned": pinned,
        },
    )


def snapshot_create(
    environment_id: Id,
    *,
    idempotency_key: str | None = None,
    label: str | None = None,
    trigger: Literal["manual", "scheduled"] | None = None,
    type: SnapshotType | None = None,
) -> Call[Snapshot]:
    return Call(
        "POST",
        path_of("/api/v1/environments/{}/snapshots", environment_id),
        reading(Snapshot),
        body={"label": left_out(label), "trigger": left_out(trigger), "type": left_out(type)},
        headers={"Idempotency-Key": chosen_key(idempotency_key)},
    )


def snapshot_estimate(environment_id: Id) -> Call[SnapshotEstimate]:
    return Call(
        "GET",
        path_of("/api/v1/environments/{}/snapshots/estimate", environment_id),
        reading(SnapshotEstimate),
    )


def snapshot_view(environment_id: Id, snapshot_id: Id) -> Call[SnapshotDetails]:
    return Call(
        "GET",
        path_of("/api/v1/environments/{}/snapshots/{}", environment_id, snapshot_id),
        reading(SnapshotDetails),
    )


def snapshot_delete(
    environment_id: Id,
    snapshot_id: Id,
    *,
    base: Literal["detach"] | None = None,
) -> Call[None]:
    return Call(
        "DELETE",
        path_of("/api/v1/environments/{}/snapshots/{}", environment_id, snapshot_id),
        nothing,
        query={"base": base},
    )


def snapshot_table_list(
    environment_id: Id,
    snapshot_id: Id,
    *,
    search: str | None = None,
    page_size: int | None = None,
    cursor: str | None = None,
) -> Call[SnapshotTablePage]:
    return Call(
        "GET",
        path_of("/api/v1/environments/{}/snapshots/{}/tables", environment_id, snapshot_id),
        reading(SnapshotTablePage),
        query={"search": search, "limit": page_size, "cursor": cursor},
    )


def snapshot_file_list(
    environment_id: Id,
    snapshot_id: Id,
    *,
    path: str | None = None,
    path_base64: str | None = None,
    search: str | None = None,
    page_size: int | None = None,
    cursor: str | None = None,
) -> Call[SnapshotFilePage]:
    return Call(
        "GET",
        path_of("/api/v1/environments/{}/snapshots/{}/files", environment_id, snapshot_id),
        reading(SnapshotFilePage),
        query={
            "path": path,
            "pathBase64": path_base64,
            "search": search,
            "limit": page_size,
            "cursor": cursor,
        },
    )


def snapshot_file_view(
    environment_id: Id,
    snapshot_id: Id,
    *,
    path: str | None = None,
    path_base64: str | None = None,
) -> Call[SnapshotFile]:
    return Call(
        "GET",
        path_of("/api/v1/environments/{}/snapshots/{}/file", environment_id, snapshot_id),
        reading(SnapshotFile),
        query={"path": path, "pathBase64": path_base64},
    )


def snapshot_file_download(
    environment_id: Id,
    snapshot_id: Id,
    *,
    path: str | None = None,
    path_base64: str | None = None,
) -> File:
    return File(
        path_of("/api/v1/environments/{}/snapshots/{}/file/content", environment_id, snapshot_id),
        {"path": path, "pathBase64": path_base64},
    )


def snapshot_compare(environment_id: Id, snapshot_id: Id, *, with_: Id) -> Call[SnapshotComparison]:
    return Call(
        "GET",
        path_of("/api/v1/environments/{}/snapshots/{}/compare", environment_id, snapshot_id),
        reading(SnapshotComparison),
        query={"with": with_},
    )


def snapshot_definition_change_list(
    environment_id: Id,
    snapshot_id: Id,
    *,
    with_: Id,
    page_size: int | None = None,
    cursor: str | None = None,
) -> Call[DefinitionChangePage]:
    return Call(
        "GET",
        path_of("/api/v1/environments/{}/snapshots/{}/compare/definitions", environment_id, snapshot_id),
        reading(DefinitionChangePage),
        query={"with": with_, "limit": page_size, "cursor": cursor},
    )


def snapshot_table_change_list(
    environment_id: Id,
    snapshot_id: Id,
    *,
    with_: Id,
    page_size: int | None = None,
    cursor: str | None = None,
) -> Call[TableChangePage]:
    return Call(
        "GET",
        path_of("/api/v1/environments/{}/snapshots/{}/compare/tables", environment_id, snapshot_id),
        reading(TableChangePage),
        query={"with": with_, "limit": page_size, "cursor": cursor},
    )


def snapshot_file_change_list(
    environment_id: Id,
    snapshot_id: Id,
    *,
    with_: Id,
    page_size: int | None = None,
    cursor: str | None = None,
) -> Call[FileChangePage]:
    return Call(
        "GET",
        path_of("/api/v1/environments/{}/snapshots/{}/compare/files", environment_id, snapshot_id),
        reading(FileChangePage),
        query={"with": with_, "limit": page_size, "cursor": cursor},
    )


def restore_items(
    environment_id: Id,
    snapshot_id: Id,
    *,
    idempotency_key: str | None = None,
    files: Sequence[ItemPath] | None = None,
    place: ItemPlacement | None = None,
    tables: Sequence[ItemTable] | None = None,
) -> Call[ItemRestore]:
    return Call(
        "POST",
        path_of("/api/v1/environments/{}/snapshots/{}/item-restores", environment_id, snapshot_id),
        reading(ItemRestore),
        body={"files": left_out(files), "place": left_out(place), "tables": left_out(tables)},
        headers={"Idempotency-Key": chosen_key(idempotency_key)},
    )


def item_restore_list(
    environment_id: Id,
    *,
    page_size: int | None = None,
    offset: int | None = None,
    cursor: str | None = None,
) -> Call[ItemRestorePage]:
    return Call(
        "GET",
        path_of("/api/v1/environments/{}/item-restores", environment_id),
        reading(ItemRestorePage),
        query={"limit": page_size, "offset": offset, "cursor": cursor},
    )


def item_restore_view(environment_id: Id, item_restore_id: Id) -> Call[ItemRestore]:
    return Call(
        "GET",
        path_of("/api/v1/environments/{}/item-restores/{}", environment_id, item_restore_id),
        reading(ItemRestore),
    )


def item_restore_progress(environment_id: Id, item_restore_id: Id) -> Stream[ItemRestoreProgress]:
    return Stream(
        path_of("/api/v1/environments/{}/item-restores/{}/progress", environment_id, item_restore_id),
        "item-restore-progress",
        ItemRestoreProgress,
    )


def item_restore_undo(environment_id: Id, item_restore_id: Id) -> Call[ItemRestore]:
    return Call(
        "POST",
        path_of("/api/v1/environments/{}/item-restores/{}/undo", environment_id, item_restore_id),
        reading(ItemRestore),
    )


def snapshot_export(
    environment_id: Id,
    snapshot_id: Id,
    *,
    idempotency_key: str | None = None,
    format: ExportFormat | None = None,
    layout: ExportLayout | None = None,
    neutralize_for: Id | None | Absent = ABSENT,
) -> Call[SnapshotExport]:
    return Call(
        "POST",
        path_of("/api/v1/environments/{}/snapshots/{}/exports", environment_id, snapshot_id),
        reading(SnapshotExport),
        body={"format": left_out(format), "layout": left_out(layout), "neutralizeFor": neutralize_for},
        headers={"Idempotency-Key": chosen_key(idempotency_key)},
    )


def snapshot_export_list(
    environment_id: Id,
    *,
    page_size: int | None = None,
    offset: int | None = None,
    cursor: str | None = None,
) -> Call[SnapshotExportPage]:
    return Call(
        "GET",
        path_of("/api/v1/environments/{}/exports", environment_id),
        reading(SnapshotExportPage),
        query={"limit": page_size, "offset": offset, "cursor": cursor},
    )


def snapshot_export_view(environment_id: Id, export_id: Id) -> Call[SnapshotExport]:
    return Call(
        "GET",
        path_of("/api/v1/environments/{}/exports/{}", environment_id, export_id),
        reading(SnapshotExport),
    )


def snapshot_export_delete(environment_id: Id, export_id: Id) -> Call[SnapshotExport]:
    return Call(
        "DELETE",
        path_of("/api/v1/environments/{}/exports/{}", environment_id, export_id),
        reading(SnapshotExport),
    )


def snapshot_export_progress(environment_id: Id, export_id: Id) -> Stream[SnapshotExportProgress]:
    return Stream(
        path_of("/api/v1/environments/{}/exports/{}/progress", environment_id, export_id),
        "export-progress",
        SnapshotExportProgress,
    )


def snapshot_export_download(environment_id: Id, export_id: Id) -> File:
    return File(
        path_of("/api/v1/environments/{}/exports/{}/content", environment_id, export_id),
    )


def snapshot_pin(
    environment_id: Id,
    snapshot_id: Id,
    *,
    label: str | None = None,
    reason: str | None = None,
    expires_at: datetime | None | Absent = ABSENT,
) -> Call[Snapshot]:
    return Call(
        "POST",
        path_of("/api/v1/environments/{}/snapshots/{}/pin", environment_id, snapshot_id),
        reading(Snapshot),
        body={"label": left_out(label), "reason": left_out(reason), "expiresAt": expires_at},
    )


def snapshot_unpin(environment_id: Id, snapshot_id: Id) -> Call[Snapshot]:
    return Call(
        "DELETE",
        path_of("/api/v1/environments/{}/snapshots/{}/pin", environment_id, snapshot_id),
        reading(Snapshot),
    )


def snapshot_progress(environment_id: Id, snapshot_id: Id) -> Stream[SnapshotProgress]:
    return Stream(
        path_of("/api/v1/environments/{}/snapshots/{}/progress", environment_id, snapshot_id),
        "snapshot-progress",
        SnapshotProgress,
    )


def snapshot_cancel(environment_id: Id, snapshot_id: Id) -> Call[Snapshot]:
    return Call(
        "POST",
        path_of("/api/v1/environments/{}/snapshots/{}/cancel", environment_id, snapshot_id),
        reading(Snapshot),
    )


def snapshot_verify(
    environment_id: Id,
    snapshot_id: Id,
    *,
    idempotency_key: str | None = None,
) -> Call[Verification]:
    return Call(
        "POST",
        path_of("/api/v1/environments/{}/snapshots/{}/verify", environment_id, snapshot_id),
        reading(Verification),
        headers={"Idempotency-Key": chosen_key(idempotency_key)},
    )


def snapshot_verify_progress(environment_id: Id, snapshot_id: Id) -> Stream[VerificationProgress]:
    return Stream(
        path_of("/api/v1/environments/{}/snapshots/{}/verify/progress", environment_id, snapshot_id),
        "verification-progress",
        VerificationProgress,
    )


def project_snapshot_list(
    project_id: Id,
    *,
    environment_type: EnvironmentType | None = None,
    status: SnapshotStatus | None = None,
    restorability: RestorabilityState | None = None,
    page_size: int | None = None,
    offset: int | None = None,
    cursor: str | None = None,
) -> Call[SnapshotPage]:
    return Call(
        "GET",
        path_of("/api/v1/projects/{}/snapshots", project_id),
        reading(SnapshotPage),
        query={
            "environmentType": environment_type,
            "status": status,
            "restorability": restorability,
            "limit": page_size,
            "offset": offset,
            "cursor": cursor,
        },
    )


def rollback_create(
    environment_id: Id,
    *,
    snapshot_id: Id,
    idempotency_key: str | None = None,
    create_safety_snapshot: bool | None = None,
    target_environment_id: Id | None = None,
    plan_token: str | None = None,
) -> Call[RollbackAccepted]:
    return Call(
        "POST",
        path_of("/api/v1/environments/{}/rollback", environment_id),
        reading(RollbackAccepted),
        body={
            "snapshotId": snapshot_id,
            "createSafetySnapshot": left_out(create_safety_snapshot),
            "targetEnvironmentId": left_out(target_environment_id),
            "planToken": left_out(plan_token),
        },
        headers={"Idempotency-Key": chosen_key(idempotency_key)},
    )


def rollback_plan(
    environment_id: Id,
    *,
    snapshot_id: Id,
    create_safety_snapshot: bool | None = None,
    target_environment_id: Id | None = None,
    plan_token: str | None = None,
) -> Call[RollbackPlan]:
    return Call(
        "POST",
        path_of("/api/v1/environments/{}/rollback/plan", environment_id),
        reading(RollbackPlan),
        body={
            "snapshotId": snapshot_id,
            "createSafetySnapshot": left_out(create_safety_snapshot),
            "targetEnvironmentId": left_out(target_environment_id),
            "planToken": left_out(plan_token),
        },
    )


def rollback_log_list(
    environment_id: Id,
    *,
    page_size: int | None = None,
    offset: int | None = None,
    cursor: str | None = None,
) -> Call[RollbackLogPage]:
    return Call(
        "GET",
        path_of("/api/v1/environments/{}/rollback-logs", environment_id),
        reading(RollbackLogPage),
        query={"limit": page_size, "offset": offset, "cursor": cursor},
    )


def rollback_progress(deployment_id: Id) -> Stream[RollbackProgress]:
    return Stream(
        path_of("/api/v1/deployments/{}/rollback/progress", deployment_id),
        "rollback-progress",
        RollbackProgress,
    )


def rollback_undo(
    deployment_id: Id,
    *,
    idempotency_key: str | None = None,
    create_safety_snapshot: bool | None = None,
) -> Call[RollbackAccepted]:
    return Call(
        "POST",
        path_of("/api/v1/deployments/{}/rollback/undo", deployment_id),
        reading(RollbackAccepted),
        body={"createSafetySnapshot": left_out(create_safety_snapshot)},
        headers={"Idempotency-Key": chosen_key(idempotency_key)},
    )


def rollback_cancel(deployment_id: Id) -> Call[RollbackLog]:
    return Call(
        "POST",
        path_of("/api/v1/deployments/{}/rollback/cancel", deployment_id),
        reading(RollbackLog),
    )


def settings_view(environment_id: Id) -> Call[SnapshotSettings]:
    return Call(
        "GET",
        path_of("/api/v1/environments/{}/snapshot-settings", environment_id),
        reading(SnapshotSettings),
    )


def settings_update(
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
) -> Call[SnapshotSettings]:
    return Call(
        "PATCH",
        path_of("/api/v1/environments/{}/snapshot-settings", environment_id),
        reading(SnapshotSettings),
        body={
            "autoEnabled": left_out(auto_enabled),
            "failurePolicy": left_out(failure_policy),
            "maxPinned": left_out(max_pinned),
            "retentionDays": retention_days,
            "timeoutSeconds": left_out(timeout_seconds),
            "fullEveryDays": left_out(full_every_days),
            "includeUnloggedTables": left_out(include_unlogged_tables),
            "maxReadBytesPerSecond": max_read_bytes_per_second,
            "fileReferences": file_references,
            "undoMinutes": left_out(undo_minutes),
            "verify": left_out(verify),
            "verifyRestored": left_out(verify_restored),
            "databaseProperties": left_out(database_properties),
            "standby": left_out(standby),
            "gateRequires": left_out(gate_requires),
            "timeZone": time_zone,
            "schedule": schedule,
            "schedulePaused": schedule_paused,
            "skipUnchanged": skip_unchanged,
            "keepLast": keep_last,
            "keepHourly": keep_hourly,
            "keepDaily": keep_daily,
            "keepWeekly": keep_weekly,
            "keepMonthly": keep_monthly,
            "keepYearly": keep_yearly,
        },
        headers={"If-Match": if_match},
    )


def retention_plan(
    environment_id: Id,
    *,
    at: datetime | None = None,
    page_size: int | None = None,
    offset: int | None = None,
    cursor: str | None = None,
) -> Call[RetentionPlan]:
    return Call(
        "GET",
        path_of("/api/v1/environments/{}/retention-plan", environment_id),
        reading(RetentionPlan),
        query={"at": at, "limit": page_size, "offset": offset, "cursor": cursor},
    )


def retention_preview(
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
) -> Call[RetentionPlan]:
    return Call(
        "POST",
        path_of("/api/v1/environments/{}/retention-plan/preview", environment_id),
        reading(RetentionPlan),
        query={"limit": page_size, "offset": offset, "cursor": cursor},
        body={
            "at": left_out(at),
            "retentionDays": retention_days,
            "timeZone": time_zone,
            "schedule": schedule,
            "keepLast": keep_last,
            "keepHourly": keep_hourly,
            "keepDaily": keep_daily,
            "keepWeekly": keep_weekly,
            "keepMonthly": keep_monthly,
            "keepYearly": keep_yearly,
        },
    )


def schedule_run_list(
    environment_id: Id,
    *,
    page_size: int | None = None,
    offset: int | None = None,
    cursor: str | None = None,
) -> Call[ScheduleRunPage]:
    return Call(
        "GET",
        path_of("/api/v1/environments/{}/schedule-runs", environment_id),
        reading(ScheduleRunPage),
        query={"limit": page_size, "offset": offset, "cursor": cursor},
    )


def snapshot_defaults_view(project_id: Id) -> Call[SnapshotDefaults]:
    return Call(
        "GET",
        path_of("/api/v1/projects/{}/snapshot-defaults", project_id),
        reading(SnapshotDefaults),
    )


def snapshot_defaults_replace(
    project_id: Id,
    *,
    rules: Sequence[SnapshotDefaultsRule],
    if_match: str | None = None,
) -> Call[SnapshotDefaults]:
    return Call(
        "PUT",
        path_of("/api/v1/projects/{}/snapshot-defaults", project_id),
        reading(SnapshotDefaults),
        body={"rules": rules},
        headers={"If-Match": if_match},
    )


def deployment_list(
    environment_id: Id,
    *,
    kind: DeploymentKind | None = None,
    status: DeploymentStatus | None = None,
    gate: Gate | None = None,
    page_size: int | None = None,
    offset: int | None = None,
    cursor: str | None = None,
) -> Call[DeploymentPage]:
    return Call(
        "GET",
        path_of("/api/v1/environments/{}/deployments", environment_id),
        reading(DeploymentPage),
        query={
            "kind": kind,
            "status": status,
            "gate": gate,
            "limit": page_size,
            "offset": offset,
            "cursor": cursor,
        },
    )


def deployment_create(
    environment_id: Id,
    *,
    idempotency_key: str | None = None,
    version: str | None = None,
) -> Call[Deployment]:
    return Call(
        "POST",
        path_of("/api/v1/environments/{}/deployments", environment_id),
        reading(Deployment),
        body={"version": left_out(version)},
        headers={"Idempotency-Key": chosen_key(idempotency_key)},
    )


def deployment_view(deployment_id: Id) -> Call[DeploymentDetails]:
    return Call(
        "GET",
        path_of("/api/v1/deployments/{}", deployment_id),
        reading(DeploymentDetails),
    )


def deployment_finish(
    deployment_id: Id,
    *,
    outcome: Literal["succeeded", "failed"],
    rollback_on_failure: bool | None = None,
) -> Call[Deployment]:
    return Call(
        "POST",
        path_of("/api/v1/deployments/{}/finish", deployment_id),
        reading(Deployment),
        body={"outcome": outcome, "rollbackOnFailure": left_out(rollback_on_failure)},
    )


def webhook_list(
    project_id: Id,
    *,
    page_size: int | None = None,
    offset: int | None = None,
    cursor: str | None = None,
) -> Call[WebhookPage]:
    return Call(
        "GET",
        path_of("/api/v1/projects/{}/webhooks", project_id),
        reading(WebhookPage),
        query={"limit": page_size, "offset": offset, "cursor": cursor},
    )


def webhook_create(
    project_id: Id,
    *,
    url: str,
    events: Sequence[WebhookEventFilter],
    environment_ids: Sequence[Id] | None | Absent = ABSENT,
    description: str | None | Absent = ABSENT,
    enabled: bool | None = None,
) -> Call[WebhookWithSecret]:
    return Call(
        "POST",
        path_of("/api/v1/projects/{}/webhooks", project_id),
        reading(WebhookWithSecret),
        body={
            "url": url,
            "events": events,
            "environmentIds": environment_ids,
            "description": description,
            "enabled": left_out(enabled),
        },
    )


def webhook_view(webhook_id: Id) -> Call[Webhook]:
    return Call(
        "GET",
        path_of("/api/v1/webhooks/{}", webhook_id),
        reading(Webhook),
    )


def webhook_update(
    webhook_id: Id,
    *,
    if_match: str | None = None,
    url: str | None = None,
    events: Sequence[WebhookEventFilter] | None = None,
    environment_ids: Sequence[Id] | None | Absent = ABSENT,
    description: str | None | Absent = ABSENT,
    enabled: bool | None = None,
) -> Call[Webhook]:
    return Call(
        "PATCH",
        path_of("/api/v1/webhooks/{}", webhook_id),
        reading(Webhook),
        body={
            "url": left_out(url),
            "events": left_out(events),
            "environmentIds": environment_ids,
            "description": description,
            "enabled": left_out(enabled),
        },
        headers={"If-Match": if_match},
    )


def webhook_delete(webhook_id: Id) -> Call[None]:
    return Call(
        "DELETE",
        path_of("/api/v1/webhooks/{}", webhook_id),
        nothing,
    )


def webhook_rotate_secret(webhook_id: Id, *, overlap_hours: int | None = None) -> Call[WebhookWithSecret]:
    return Call(
        "POST",
        path_of("/api/v1/webhooks/{}/rotate-secret", webhook_id),
        reading(WebhookWithSecret),
        body={"overlapHours": left_out(overlap_hours)},
    )


def webhook_test(webhook_id: Id) -> Call[WebhookDelivery]:
    return Call(
        "POST",
        path_of("/api/v1/webhooks/{}/test", webhook_id),
        reading(WebhookDelivery),
    )


def webhook_delivery_list(
    webhook_id: Id,
    *,
    status: WebhookDeliveryStatus | None = None,
    page_size: int | None = None,
    offset: int | None = None,
    cursor: str | None = None,
) -> Call[WebhookDeliveryPage]:
    return Call(
        "GET",
        path_of("/api/v1/webhooks/{}/deliveries", webhook_id),
        reading(WebhookDeliveryPage),
        query={"status": status, "limit": page_size, "offset": offset, "cursor": cursor},
    )


def webhook_redeliver(webhook_id: Id, delivery_id: Id) -> Call[WebhookDelivery]:
    return Call(
        "POST",
        path_of("/api/v1/webhooks/{}/deliveries/{}/redeliver", webhook_id, delivery_id),
        reading(WebhookDelivery),
    )


def protection_list(
    *,
    state: ProtectionState | None = None,
    environment_id: Id | None = None,
    days: int | None = None,
    page_size: int | None = None,
    offset: int | None = None,
    cursor: str | None = None,
) -> Call[ProtectionPage]:
    return Call(
        "GET",
        path_of("/api/v1/protection"),
        reading(ProtectionPage),
        query={
            "state": state,
            "environmentId": environment_id,
            "days": days,
            "limit": page_size,
            "offset": offset,
            "cursor": cursor,
        },
    )


def quota_view() -> Call[QuotaOverview]:
    return Call(
        "GET",
        path_of("/api/v1/quota"),
        reading(QuotaOverview),
    )


def usage_view(
    *,
    from_day: str | None = None,
    to_day: str | None = None,
    project_id: Id | None = None,
    page_size: int | None = None,
    offset: int | None = None,
    cursor: str | None = None,
) -> Call[UsagePage]:
    return Call(
        "GET",
        path_of("/api/v1/usage"),
        reading(UsagePage),
        query={
            "fromDay": from_day,
            "toDay": to_day,
            "projectId": project_id,
            "limit": page_size,
            "offset": offset,
            "cursor": cursor,
        },
    )


def operations_list(
    *,
    environment_id: Id | None = None,
    state: OperationState | None = None,
    page_size: int | None = None,
    offset: int | None = None,
    cursor: str | None = None,
) -> Call[OperationPage]:
    return Call(
        "GET",
        path_of("/api/v1/operations"),
        reading(OperationPage),
        query={
            "environmentId": environment_id,
            "state": state,
            "limit": page_size,
            "offset": offset,
            "cursor": cursor,
        },
    )


def operation_retry(operation_id: Id) -> Call[Operation]:
    return Call(
        "POST",
        path_of("/api/v1/operations/{}/retry", operation_id),
        reading(Operation),
    )


def operation_confirm(operation_id: Id) -> Call[Operation]:
    return Call(
        "POST",
        path_of("/api/v1/operations/{}/confirm", operation_id),
        reading(Operation),
    )


def operation_give_up(operation_id: Id) -> Call[None]:
    return Call(
        "POST",
        path_of("/api/v1/operations/{}/give-up", operation_id),
        nothing,
    )


def audit_list(
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
) -> Call[AuditPage]:
    return Call(
        "GET",
        path_of("/api/v1/audit"),
        reading(AuditPage),
        query={
            "projectId": project_id,
            "environmentId": environment_id,
            "actor": actor,
            "operation": operation,
            "outcome": outcome,
            "subjectId": subject_id,
            "requestId": request_id,
            "since": since,
            "until": until,
            "limit": page_size,
            "offset": offset,
            "cursor": cursor,
        },
    )
