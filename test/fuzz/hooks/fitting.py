"""Makes of a request that fits the contract one that fits the world: its ids, its body, and when it is sent."""

import itertools

from known import WORLD, known

# Nothing of the steady environment is changed or deleted by these.
DESTRUCTIVE = {"projectDelete", "projectUpdate", "environmentDelete", "environmentUpdate", "snapshotDelete", "settingsUpdate"}
# What these need is there only when what was asked for before has ended.
PATIENT = {"snapshotPin", "snapshotVerify", "snapshotDelete", "rollbackPlan", "rollbackCreate", "rollbackUndo", "deploymentFinish"}
# Of a rollback that has been seen in an answer before there is nothing left to do this with.
USES_UP = {"rollbackCancel", "rollbackUndo"}

numbers = itertools.count(1)


def fit_ids(operation, parameters, is_linked):
    """Ids that nobody has give way to those of what is there, the newest first. Those that a link led to stay."""
    if "environmentId" in parameters and parameters["environmentId"] not in known.project_of:
        parameters["environmentId"] = environment_for(operation)
    environment = parameters.get("environmentId")
    if "projectId" in parameters:
        if environment is not None:
            parameters["projectId"] = known.project_of.get(environment, parameters["projectId"])
        elif parameters["projectId"] not in known.projects:
            parameters["projectId"] = known.projects[-1]
    if "snapshotId" in parameters:
        snapshots = known.snapshots_of.get(environment, [])
        if snapshots and parameters["snapshotId"] not in snapshots:
            parameters["snapshotId"] = snapshots[-1]
    new = known.new_rollback() if operation in USES_UP and not is_linked else None
    if new is not None:
        parameters["deploymentId"] = new
    elif "deploymentId" in parameters and parameters["deploymentId"] not in known.environment_of:
        candidates = known.rollbacks if operation.startswith("rollback") else known.deploys
        if candidates:
            parameters["deploymentId"] = candidates[-1]
    if "webhookId" in parameters and parameters["webhookId"] not in known.webhooks and known.webhooks:
        parameters["webhookId"] = known.webhooks[-1]
    if "deliveryId" in parameters:
        delivery = known.delivery_of(parameters["webhookId"])
        parameters["deliveryId"] = delivery or parameters["deliveryId"]
    if "operationId" in parameters:
        hanging = WORLD["operationIds"]["confirmed" if operation == "operationConfirm" else "tried"]
        if hanging:
            parameters["operationId"] = hanging.pop() if operation == "operationGiveUp" else hanging[-1]


def environment_for(operation):
    """The steady one, unless what is asked for would change or delete it."""
    made = list(known.place_of)
    return made[-1] if operation in DESTRUCTIVE and made else WORLD["environmentId"]


def fit_body(operation, parameters, body):
    if operation in ("projectCreate", "environmentCreate") and isinstance(body.get("name"), str):
        # A name that is taken is refused, and the shortest ones are drawn again and again.
        body["name"] = f"{body['name'][:80]}{next(numbers)}"
    if operation == "environmentCreate":
        body.pop("pool", None)
        place = known.place()
        if place is not None:
            stand_on(place, body, new=True)
    elif operation == "environmentUpdate":
        body.pop("pool", None)
        place = known.place_of.get(parameters.get("environmentId"))
        if place is not None:
            stand_on(place, body, new=False)
    elif operation in ("rollbackCreate", "rollbackPlan"):
        snapshots = known.snapshots_of.get(parameters.get("environmentId"), [])
        if snapshots and body.get("snapshotId") not in snapshots:
            body["snapshotId"] = snapshots[-1]
        if body.get("targetEnvironmentId") not in known.project_of:
            body.pop("targetEnvironmentId", None)
        if operation == "rollbackCreate" and next(numbers) % 2:
            # Nobody has planned what is made up: a rollback with it is always refused.
            body.pop("planToken", None)


def stand_on(place, body, new):
    """The database in the same way as it was named, and the directory, where there is one."""
    database = body.get("database")
    if database is not None:
        body["database"] = named(place, database.get("kind"))
    if body.get("filestorePath") is not None or (new and database is None):
        body["filestorePath"] = place["filestorePath"]


def named(place, kind):
    if kind == "variable":
        return {"kind": kind, "env": place["variable"]}
    if kind == "file":
        return {"kind": kind, "file": place["file"]}
    address = {key: place["database"][key] for key in ("host", "port", "database", "user", "password")}
    return {"kind": "connection", **address}


def fit_rest(case):
    """What was drawn for these two is never what somebody has read before."""
    for container, name in ((case.headers, "If-Match"), (case.query, "cursor")):
        if container:
            container.pop(name, None)
    key = case.headers and case.headers.get("Idempotency-Key")
    if key:
        case.headers["Idempotency-Key"] = f"{key[:200]}-{next(numbers)}"


def wait_before(operation, parameters):
    if operation in PATIENT:
        environment = parameters.get("environmentId") or known.environment_of.get(parameters.get("deploymentId"))
        if environment in known.project_of:
            known.wait_until_nothing_is_under_way(environment)
