import os
import tempfile

from snapback import Snapback, SnapbackError, models

snapback = Snapback(os.environ["SNAPBACK_URL"], token=os.environ["SNAPBACK_TOKEN"])

project = snapback.projects.create(name="webshop")
production = snapback.environments.create(
    project.id,
    name="production",
    type="production",
    database=models.DatabaseConnection(
        host=os.environ["PGHOST"],
        port=int(os.environ["PGPORT"]),
        database=os.environ["PGDATABASE"],
        user=os.environ["PGUSER"],
        password=os.environ["PGPASSWORD"],
    ),
    filestore_path=os.environ["FILESTORE"],
)

estimate = snapback.snapshots.estimate(production.id)
print(f"about {estimate.expected_duration_seconds:.1f} s")
snapshot = snapback.snapshots.create(production.id, label="before 17.0")
snapshot = snapback.snapshots.wait_for(production.id, snapshot.id, progress=True)
print(snapshot)

second = snapback.snapshots.create(production.id)
for event in snapback.snapshots.watch(production.id, second.id):
    print(f"{event.percent:.0f} % {event.phase or event.status}")

for found in snapback.snapshots.list(production.id, status="completed"):
    print(found.created_at, found.trigger, found.label)
print(snapback.snapshots.list(production.id).first().total, "snapshots in all")

plan = snapback.rollbacks.plan(production.id, snapshot_id=snapshot.id)
if not plan.allowed:
    raise SystemExit("\n".join(refusal.message for refusal in plan.refusals))
accepted = snapback.rollbacks.create(production.id, snapshot_id=snapshot.id)
log = snapback.rollbacks.wait_for(accepted.deployment_id)
print(f"rolled back, down for {log.downtime_ms} ms")

undo = snapback.rollbacks.undo(accepted.deployment_id)
print(f"undone: {snapback.rollbacks.wait_for(undo.deployment_id).status}")

taken = snapback.items.restore(
    production.id,
    snapshot.id,
    files=[models.ItemPath(path="a.txt")],
    tables=[models.ItemTable(schema="public", name="items")],
)
taken = snapback.items.wait_for(production.id, taken.id)
print(taken.files[0].restored_as, taken.tables[0].restored_as)
snapback.items.undo(production.id, taken.id)
print(f"taken back: {snapback.items.wait_for(production.id, taken.id).status}")

with tempfile.TemporaryFile() as file:
    exported = snapback.exports.create(production.id, snapshot.id, format="zip", layout="plain")
    exported = snapback.exports.wait_for(production.id, exported.id)
    snapback.exports.download(production.id, exported.id).write_to(file)
    print(f"{exported.file_name} has {file.tell()} bytes")

deployment = snapback.gate_deployment(production.id, version="17.0", idempotency_key="job-4711")
print(deployment.gate_reason)
snapback.deployments.finish(deployment.id, outcome="succeeded")

settings = snapback.settings.view(production.id)
snapback.settings.update(production.id, retention_days=60, if_match=settings.etag)
snapback.settings.update(production.id, max_read_bytes_per_second=None)

snapback.snapshots.pin(production.id, snapshot.id, label="the last good one")
for decision in snapback.retention.plan(production.id):
    print(decision.decision, decision.reasons[0])

try:
    snapback.snapshots.delete(production.id, snapshot.id)
except SnapbackError as error:
    print(error.status, error.code, error.detail)
