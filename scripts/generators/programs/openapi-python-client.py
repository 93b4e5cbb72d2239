"""The main job with the client that openapi-python-client makes."""

import json
import os
import time
import uuid
from http import HTTPStatus
from typing import TypeVar

from snapback_client import AuthenticatedClient
from snapback_client.api.deployments import deployment_view
from snapback_client.api.environments import environment_create, environment_view
from snapback_client.api.projects import project_create, project_update
from snapback_client.api.rollbacks import rollback_create
from snapback_client.api.snapshots import snapshot_create, snapshot_view
from snapback_client.models import (
    DatabaseConnection,
    DatabaseConnectionKind,
    DatabaseConnectionView,
    DeploymentDetails,
    DeploymentStatus,
    Environment,
    EnvironmentCreate,
    EnvironmentDetails,
    EnvironmentType,
    Problem,
    Project,
    ProjectCreate,
    ProjectUpdate,
    RollbackAccepted,
    RollbackRequest,
    Snapshot,
    SnapshotCreate,
    SnapshotDetails,
    SnapshotStatus,
)

Answer = TypeVar("Answer")


def main() -> None:
    url, token = os.environ["SNAPBACK_URL"], os.environ["SNAPBACK_TOKEN"]
    with AuthenticatedClient(base_url=url, token=token) as client:
        print(json.dumps(do_the_job(client)))


def expect(kind: type[Answer], answer: object) -> Answer:
    """An answer of this kind; anything else, such as a problem, is an error."""
    if isinstance(answer, kind):
        return answer
    raise RuntimeError(f"the service answered {answer}")


def do_the_job(client: AuthenticatedClient) -> dict[str, object]:
    named = ProjectCreate(name=os.environ["PROJECT_NAME"], description="made by a generated client")
    project = expect(Project, project_create.sync(client=client, body=named))
    connection = DatabaseConnection(
        kind=DatabaseConnectionKind.CONNECTION,
        host=os.environ["DATABASE_HOST"],
        port=int(os.environ["DATABASE_PORT"]),
        database=os.environ["DATABASE_NAME"],
        user=os.environ["DATABASE_USER"],
        password=os.environ["DATABASE_PASSWORD"],
    )
    body = EnvironmentCreate(
        name="production",
        type_=EnvironmentType.PRODUCTION,
        database=connection,
        filestore_path=os.environ["FILESTORE"],
    )
    created = expect(Environment, environment_create.sync(project.id, client=client, body=body))
    environment = expect(EnvironmentDetails, environment_view.sync(project.id, created.id, client=client))
    database = expect(DatabaseConnectionView, environment.database)

    before = SnapshotCreate(label="before")
    queued = expect(Snapshot, snapshot_create.sync(environment.id, client=client, body=before))
    snapshot = taken(client, environment.id, queued.id)
    request = RollbackRequest(snapshot_id=snapshot.id, create_safety_snapshot=False)
    rollback = expect(RollbackAccepted, rollback_create.sync(environment.id, client=client, body=request))
    deployment = ended(client, rollback.deployment_id)

    removed = ProjectUpdate(description=None)
    updated = expect(Project, project_update.sync(project.id, client=client, body=removed))
    answer = snapshot_view.sync_detailed(environment.id, uuid.uuid4(), client=client)
    problem = expect(Problem, answer.parsed)
    return {
        "databaseHost": database.host,
        "beforeCutover": environment.before_cutover,
        "finishedAt": queued.finished_at,
        "status": snapshot.status.value,
        "failure": snapshot.failure,
        "databaseBytes": snapshot.database_bytes,
        "rollback": deployment.status.value,
        "description": updated.description,
        "problem": {"status": HTTPStatus(answer.status_code).value, "code": problem.code.value},
    }


def taken(client: AuthenticatedClient, environment_id: uuid.UUID, snapshot_id: uuid.UUID) -> SnapshotDetails:
    while True:
        answer = snapshot_view.sync(environment_id, snapshot_id, client=client)
        snapshot = expect(SnapshotDetails, answer)
        if snapshot.status not in (SnapshotStatus.QUEUED, SnapshotStatus.RUNNING):
            return snapshot
        time.sleep(0.1)


def ended(client: AuthenticatedClient, deployment_id: uuid.UUID) -> DeploymentDetails:
    while True:
        deployment = expect(DeploymentDetails, deployment_view.sync(deployment_id, client=client))
        if deployment.status not in (DeploymentStatus.QUEUED, DeploymentStatus.RUNNING):
            return deployment
        time.sleep(0.1)


main()
