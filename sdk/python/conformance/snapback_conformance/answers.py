"""Cases about what is asked for and what comes back."""

from __future__ import annotations

from uuid import uuid4

from snapback import SnapbackError

from .kinds import Kit

UNKNOWN = "00000000-0000-4000-8000-000000000000"


async def errors_typed(kit: Kit) -> str:
    client = kit.client()
    error = await kit.refused(SnapbackError, lambda: client.snapshots.view(kit.place.environment, UNKNOWN))
    assert (error.status, error.code) == (404, "not-found"), repr(error)
    assert error.problem is not None and error.detail == error.problem.detail and str(error) == error.detail
    assert error.request_id, "It has no id of the request."
    return error.detail


async def errors_name_fields(kit: Kit) -> str:
    client = kit.client()
    error = await kit.refused(SnapbackError, lambda: client.projects.create(name="x" * 101))
    assert [field.field for field in error.fields] == ["name"], repr(error.fields)
    return error.detail


async def errors_of_a_proxy(kit: Kit) -> str:
    client = kit.client(attempts=1)
    kit.control.faults({"answer": {"status": 502, "headers": {"Content-Type": "text/html"}, "body": "<h1>no</h1>"}})
    error = await kit.refused(SnapbackError, client.projects.list().first)
    assert (error.status, error.code, error.problem) == (502, None, None), repr(error)
    return error.detail


async def nulls(kit: Kit) -> str:
    client = kit.client()
    environment = kit.place.slow_environment
    snapshot = await client.snapshots.create(environment)
    assert (snapshot.finished_at, snapshot.failure, snapshot.database_bytes) == (None, None, None), snapshot.to_json()
    await ended(kit, environment, snapshot.id)
    return repr(snapshot)


async def null_and_absent(kit: Kit) -> str:
    client = kit.client()
    project = await client.projects.create(name=f"null {uuid4()}", description="there")
    renamed = await client.projects.update(project.id, name=f"absent {uuid4()}")
    assert renamed.description == "there", renamed.to_json()
    emptied = await client.projects.update(project.id, description=None)
    assert emptied.description is None and emptied.name == renamed.name, emptied.to_json()
    await client.projects.delete(project.id)
    return "left, and removed"


async def int64(kit: Kit) -> str:
    client = kit.client()
    kit.control.faults({"method": "GET", "merge": {"databaseBytes": 3_000_000_000_123}})
    snapshot = await client.snapshots.view(kit.place.environment, kit.place.snapshot)
    assert snapshot.database_bytes == 3_000_000_000_123, snapshot.database_bytes
    return repr(snapshot)


async def pages(kit: Kit) -> str:
    client = kit.client()
    mark = str(uuid4())
    made = [await client.projects.create(name=f"pages {mark} {number}") for number in range(5)]
    kit.control.forget()
    seen: list[str] = []
    async for project in client.projects.list(page_size=2):
        seen.append(project.id)
        if len(seen) == 2:
            # Before all others: by number, it would push one that was seen onto the next page.
            made.append(await client.projects.create(name=f"- {mark}"))
    asked = [request["path"] for request in kit.control.requests("GET ")]
    for project in made:
        await client.projects.delete(project.id)
    assert [seen.count(project.id) for project in made[:5]] == [1] * 5, seen
    assert len(seen) == len(set(seen)), seen
    assert len(asked) > 2 and all("cursor=" in path and "offset=" not in path for path in asked[1:]), asked
    return f"{len(seen)} projects on {len(asked)} pages"


async def unknown_values(kit: Kit) -> str:
    client = kit.client()
    warning = {"code": "moonlight", "message": "The moon is full.", "phase": 4}
    kit.control.faults(
        {"merge": {"status": "hibernating", "trigger": "lunar", "warnings": [warning], "moons": [{"name": "Io"}]}}
    )
    snapshot = await client.snapshots.view(kit.place.environment, kit.place.snapshot)
    assert (snapshot.status, snapshot.trigger, snapshot.warnings[0].code) == ("hibernating", "lunar", "moonlight")
    assert snapshot.extra == {"moons": [{"name": "Io"}]}, snapshot.extra
    return repr(snapshot)


async def unknown_code(kit: Kit) -> str:
    client = kit.client()
    problem = {"type": "urn:x", "title": "New", "status": 409, "code": "brand-new", "detail": "It is something new."}
    kit.control.faults({"answer": {"status": 409, "body": problem}})
    error = await kit.refused(SnapbackError, lambda: client.projects.create(name="x"))
    assert (error.status, error.code, error.detail) == (409, "brand-new", "It is something new."), repr(error)
    return error.detail


async def no_content(kit: Kit) -> str:
    client = kit.client()
    project = await client.projects.create(name=f"gone {uuid4()}")
    kept: object = await client.projects.delete(project.id)  # type: ignore[func-returns-value]
    assert kept is None
    return "nothing"


async def precondition(kit: Kit) -> str:
    client = kit.client()
    environment = kit.place.environment
    before = await client.settings.view(environment)
    await client.settings.update(environment, retention_days=41)
    error = await kit.refused(
        SnapbackError, lambda: client.settings.update(environment, retention_days=42, if_match=before.etag)
    )
    assert (error.status, error.code) == (412, "precondition-failed"), repr(error)
    present = await client.settings.view(environment)
    changed = await client.settings.update(environment, retention_days=before.retention_days, if_match=present.etag)
    assert (present.retention_days, changed.retention_days) == (41, before.retention_days)
    return error.detail


async def not_modified(kit: Kit) -> str:
    client = kit.client()
    environment = await client.environments.view(kit.place.world["projectId"], kit.place.environment)
    assert environment.etag, "It has no tag."
    same = await client.environments.view_if_changed(environment.project_id, environment.id, etag=environment.etag)
    other = await client.environments.view_if_changed(environment.project_id, environment.id, etag='"0"')
    assert same is None and other is not None and other.id == environment.id
    return environment.etag


async def ended(kit: Kit, environment: str, snapshot: str) -> None:
    """Calls a snapshot off, and is there once it has ended: the next case takes one of its own."""
    client = kit.client()
    await client.snapshots.cancel(environment, snapshot)
    async for _ in client.snapshots.watch(environment, snapshot):
        pass


CASES = {
    "errors-typed": errors_typed,
    "errors-name-fields": errors_name_fields,
    "errors-of-a-proxy": errors_of_a_proxy,
    "nulls": nulls,
    "null-and-absent": null_and_absent,
    "int64": int64,
    "pages": pages,
    "unknown-values": unknown_values,
    "unknown-code": unknown_code,
    "no-content": no_content,
    "precondition": precondition,
    "not-modified": not_modified,
}
