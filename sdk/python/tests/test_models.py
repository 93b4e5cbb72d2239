from __future__ import annotations

import copy
import pickle
from datetime import datetime, timedelta, timezone

import pytest

from snapback import ABSENT, models
from snapback._generated import calls
from snapback._http.call import Call
from snapback._model.times import text_of, time_of

FINDING = {"code": "left-over", "message": "Something is left."}
SNAPSHOT: dict[str, object] = {
    "id": "9d0a4f7e-64d6-4d6a-a3c8-5ed0b1d3be03",
    "environmentId": "2b8d8f0e-3a43-4f0c-8a57-6f0d5f1f2a02",
    "projectId": "6f2c1a52-3f0b-4e0e-9d67-0a4b7f6f1c01",
    "type": "full",
    "baseSnapshotId": None,
    "trigger": "manual",
    "status": "completed",
    "label": "before 17.0",
    "pinned": False,
    "pinnedAt": None,
    "pin": None,
    "schedules": [],
    "databaseBytes": 31457280,
    "filestoreBytes": 20971520,
    "fileCount": 2000,
    "storedBytes": 26214400,
    "readBytes": 39845888,
    "carriedOverBytes": 0,
    "serverVersion": "15.14",
    "durationMs": 1840,
    "requestedBy": "ci@acme",
    "deploymentId": None,
    "warnings": [FINDING],
    "failure": None,
    "restorability": {"state": "proven", "findings": [], "provenAt": "2026-11-23T08:05:04.000Z"},
    "createdAt": "2026-11-23T08:00:00.120Z",
    "startedAt": None,
    "finishedAt": None,
}
HOST = {"host": "db", "port": 5432, "database": "shop", "user": "shop", "tls": "disable"}


def body_of(call: Call[models.Project]) -> bytes | None:
    return call.content


def test_a_snapshot_is_read_and_written_without_a_difference() -> None:
    snapshot = models.Snapshot.from_json(SNAPSHOT)
    assert snapshot.created_at == datetime(2026, 11, 23, 8, 0, 0, 120_000, tzinfo=timezone.utc)
    assert snapshot.warnings == [models.Finding(code="left-over", message="Something is left.")]
    assert snapshot.restorability is not None and snapshot.restorability.state == "proven"
    again = models.Snapshot.from_json(snapshot.to_json())
    assert again == snapshot and list(again.to_json()) == list(SNAPSHOT)


def test_what_a_newer_service_adds_is_kept_and_breaks_nothing() -> None:
    newer = copy.deepcopy(SNAPSHOT) | {"status": "hibernating", "trigger": "lunar", "moons": ["Io"]}
    newer["restorability"] = {"state": "sworn", "findings": [], "provenAt": None, "by": "whom"}
    snapshot = models.Snapshot.from_json(newer)
    assert (snapshot.status, snapshot.trigger, snapshot.extra) == ("hibernating", "lunar", {"moons": ["Io"]})
    assert snapshot.restorability is not None and snapshot.restorability.extra == {"by": "whom"}
    assert snapshot.to_json()["moons"] == ["Io"]


def test_sizes_beyond_53_bits_are_exact() -> None:
    size = 2**63 - 1
    assert models.Snapshot.from_json({**SNAPSHOT, "databaseBytes": size}).database_bytes == size


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pinned": "no"}, "pinned is not true or false, but of the type str"),
        ({"databaseBytes": 1.5}, "databaseBytes is not an integer"),
        ({"databaseBytes": True}, "databaseBytes is not an integer"),
        ({"createdAt": "yesterday"}, "createdAt is not a time"),
        ({"warnings": [FINDING, {"code": 1, "message": ""}]}, r"warnings.\[1\].code is not a string"),
        ({"warnings": None}, "warnings is not an array"),
        ({"failure": "oh"}, "failure.Finding is not an object"),
    ],
)
def test_what_is_of_another_type_is_an_error_that_names_the_place(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        models.Snapshot.from_json({**SNAPSHOT, **change})


def test_what_is_missing_is_an_error_unless_it_may_be_null() -> None:
    without = {name: value for name, value in SNAPSHOT.items() if name not in ("status", "failure")}
    with pytest.raises(ValueError, match="status is missing"):
        models.Snapshot.from_json(without)
    assert models.Snapshot.from_json({**without, "status": "running"}).failure is None


def test_a_union_is_read_by_its_kind() -> None:
    plan = environment({"kind": "connection", **HOST})
    assert isinstance(plan.database, models.DatabaseConnectionView) and plan.database.host == "db"
    variable = environment({"kind": "variable", "env": "ENVIRONMENT_SHOP_URL"}).database
    assert isinstance(variable, models.DatabaseFromVariable) and variable.env == "ENVIRONMENT_SHOP_URL"
    assert environment(None).database is None


def test_a_kind_that_nobody_knows_keeps_what_is_in_it() -> None:
    read = environment({"kind": "socket", "path": "/run/db"})
    assert repr(read.database) == "<Unrecognized socket>"
    assert getattr(read.database, "extra", None) == {"path": "/run/db"}
    assert read.to_json()["database"] == {"kind": "socket", "path": "/run/db"}


def environment(database: object) -> models.Environment:
    return models.Environment.from_json(
        {
            **{"id": "1", "projectId": "2", "name": "production", "type": "production", "labels": {"team": "sales"}},
            **{"database": database, "filestorePath": None, "pool": "default", "neutralizeSql": None},
            **{"allowUnneutralized": False, "beforeCutover": None, "afterCutover": None},
            **{"createdAt": "2026-11-23T08:00:00Z", "updatedAt": "2026-11-23T08:00:00Z"},
        }
    )


def test_a_word_of_python_is_read_under_its_own_name() -> None:
    change = {"property": "setting", "setting": "work_mem", "role": None, "from": "64MB", "to": "4MB", "shown": True}
    read = models.DatabaseChange.from_json(change)
    assert (read.from_, read.to) == ("64MB", "4MB") and read.to_json() == change


def test_null_and_absent_are_two_things() -> None:
    assert body_of(calls.project_update("p", name="shop")) == b'{"name": "shop"}'
    assert body_of(calls.project_update("p", description=None)) == b'{"description": null}'
    assert body_of(calls.project_update("p", name=None, description=ABSENT)) == b"{}"
    assert not ABSENT and repr(ABSENT) == "ABSENT" and pickle.loads(pickle.dumps(ABSENT)) is ABSENT


def test_what_may_not_be_null_is_left_out_when_it_is_none() -> None:
    given = models.DatabaseConnection(host="db", database="shop", user="shop")
    assert given.to_json() == {"kind": "connection", "host": "db", "database": "shop", "user": "shop"}


def test_a_secret_is_not_shown() -> None:
    given = models.DatabaseConnection(host="db", database="shop", user="shop", password="a-secret")
    assert given.to_json()["password"] == "a-secret"
    assert "a-secret" not in repr(given) and "a-secret" not in str(given) and "a-secret" not in f"{given}"


def test_models_cannot_be_changed_and_can_be_pickled() -> None:
    snapshot = models.Snapshot.from_json(SNAPSHOT)
    with pytest.raises(AttributeError):
        snapshot.status = "failed"  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(snapshot)) == snapshot


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-11-23T08:00:00Z", datetime(2026, 11, 23, 8, tzinfo=timezone.utc)),
        ("2026-11-23t08:00:00.5z", datetime(2026, 11, 23, 8, 0, 0, 500_000, tzinfo=timezone.utc)),
        ("2026-11-23T08:00:00.123456789Z", datetime(2026, 11, 23, 8, 0, 0, 123_456, tzinfo=timezone.utc)),
        ("2026-11-23T10:00:00+02:00", datetime(2026, 11, 23, 8, tzinfo=timezone.utc)),
        ("2026-11-23T04:30:00-03:30", datetime(2026, 11, 23, 8, tzinfo=timezone.utc)),
    ],
)
def test_times_are_read_in_every_way_that_rfc_3339_has(text: str, time: datetime) -> None:
    assert time_of(text) == time


@pytest.mark.parametrize("text", ["2026-11-23", "2026-11-23T08:00:00", "2026-13-01T00:00:00Z", "", "x" * 1000])
def test_what_is_no_moment_is_no_time(text: str) -> None:
    with pytest.raises(ValueError):
        time_of(text)


def test_a_time_without_a_zone_is_not_written() -> None:
    assert text_of(datetime(2026, 11, 23, 10, tzinfo=timezone(timedelta(hours=2)))) == "2026-11-23T08:00:00Z"
    with pytest.raises(ValueError, match="needs a zone"):
        text_of(datetime(2026, 11, 23))


def test_a_time_of_a_query_is_sent_as_the_contract_writes_times() -> None:
    at = datetime(2027, 11, 23, 8, 0, tzinfo=timezone.utc)
    call = calls.retention_plan("2b8d8f0e-3a43-4f0c-8a57-6f0d5f1f2a02", at=at)
    assert "at=2027-11-23T08%3A00%3A00" in call.target
