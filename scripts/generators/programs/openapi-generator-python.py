"""The main job with the client that openapi-generator makes for Python."""

import json
import os
import time
import uuid

from snapback_client import (
    ApiClient,
    ApiException,
    Configuration,
    DatabaseConnection,
    DatabaseConnectionView,
    DatabaseInput,
    DeploymentsApi,
    EnvironmentCreate,
    EnvironmentsApi,
    EnvironmentType,
    Problem,
    ProjectCreate,
    ProjectsApi,
    ProjectUpdate,
    RollbackRequest,
    RollbacksApi,
    SnapshotCreate,
    SnapshotsApi,
)

UNDER_WAY = ("queued", "running")


def main() -> None:
    configuration = Configuration(host=os.environ["SNAPBACK_URL"], access_token=os.environ["SNAPBACK_TOKEN"])
    with ApiClient(configuration) as client:
        print(json.dumps(do_the_job(client)))


def do_the_job(client: ApiClient) -> dict[str, object]:
    projects, environments = ProjectsApi(client), EnvironmentsApi(client)
    snapshots, deployments = SnapshotsApi(client), DeploymentsApi(client)

    project = projects.project_create(
        ProjectCreate(name=os.environ["PROJECT_NAME"], description="made by a generated client")
    )
    connection = DatabaseConnection(
        kind="connection",
        host=os.environ["DATABASE_HOST"],
        port=int(os.environ["DATABASE_PORT"]),
        database=os.environ["DATABASE_NAME"],
        user=os.environ["DATABASE_USER"],
        password=os.environ["DATABASE_PASSWORD"],
    )
    created = environments.environment_create(
        project.id,
        EnvironmentCreate(
            name="production",
            type=EnvironmentType.PRODUCTION,
            database=DatabaseInput(connection),
            filestore_path=os.environ["FILESTORE"],
        ),
    )
    environment = environments.environment_view(project.id, created.id)
    assert environment.database is not None
    database = environment.database.actual_instance
    assert isinstance(database, DatabaseConnectionView)

    queued = snapshots.snapshot_create(environment.id, snapshot_create=SnapshotCreate(label="before"))
    snapshot = snapshots.snapshot_view(environment.id, queued.id)
    while snapshot.status.value in UNDER_WAY:
        time.sleep(0.1)
        snapshot = snapshots.snapshot_view(environment.id, queued.id)

    rollback = RollbacksApi(client).rollback_create(
        environment.id, RollbackRequest(snapshot_id=snapshot.id, create_safety_snapshot=False)
    )
    deployment = deployments.deployment_view(rollback.deployment_id)
    while deployment.status.value in UNDER_WAY:
        time.sleep(0.1)
        deployment = deployments.deployment_view(rollback.deployment_id)

    updated = projects.project_update(project.id, ProjectUpdate(description=None))
    return {
        "databaseHost": database.host,
        "beforeCutover": environment.before_cutover,
        "finishedAt": queued.finished_at,
        "status": snapshot.status.value,
        "failure": snapshot.failure,
        "databaseBytes": snapshot.database_bytes,
        "rollback": deployment.status.value,
        "description": updated.description,
        "problem": problem_of_unknown_snapshot(snapshots, environment.id),
    }


def problem_of_unknown_snapshot(snapshots: SnapshotsApi, environment_id: uuid.UUID) -> dict[str, object]:
    try:
        snapshots.snapshot_view(environment_id, uuid.uuid4())
    except ApiException as refused:
        assert isinstance(refused.data, Problem)
        return {"status": refused.status, "code": refused.data.code.value}
    raise AssertionError("a snapshot that nobody has taken was found")


main()
