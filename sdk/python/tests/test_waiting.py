"""What takes several requests, and what it shows meanwhile."""

from __future__ import annotations

import json
import sys

import pytest

from snapback import (
    ExportFailedError,
    GateClosedError,
    ItemRestoreFailedError,
    Snapback,
    SnapbackError,
    SnapbackTimeoutError,
    SnapshotFailedError,
    models,
)
from snapback._http import session as session_module
from snapback._waiting import gate
from snapback._waiting.progress_bar import Shown, shown

from .service import Exchange, Step, serving
from .test_listening import event, streaming
from .test_models import SNAPSHOT

DETAILS = {**SNAPSHOT, "rollbackLogs": [], "readInFull": [], "verification": None, "steps": []}
ENDED = {**DETAILS, "finishedAt": "2026-11-23T08:00:00Z"}


def deployment(**said: object) -> dict[str, object]:
    return {
        **{"id": "d", "environmentId": "e", "kind": "deploy", "status": "running", "version": None, "gate": "pending"},
        **{"gateReason": None, "snapshotId": "s", "rollbackDeploymentId": None, "requestedBy": "ci"},
        **{"createdAt": "2026-11-23T08:00:00Z", "finishedAt": None, "rollback": None},
        **said,
    }


def answering(body: object) -> Step:
    return lambda exchange: exchange.answer(200, body)


def by_path(streams: Step, view: Step) -> Step:
    return lambda exchange: (streams if exchange.path.endswith("/progress") else view)(exchange)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "_FIRST_PAUSE", 0.01)


def test_a_gate_that_opens_is_waited_for() -> None:
    steps = [answering(deployment()), answering(deployment()), answering(deployment(gate="open", version="17.0"))]
    with serving(*steps) as service, Snapback(service.url, "a-token") as client:
        found = client.gate_deployment("e", version="17.0", idempotency_key="job-1")
        assert found.gate == "open" and service.requests[0].headers["Idempotency-Key"] == "job-1"


@pytest.mark.parametrize("state", ["closed", "ajar", None])
def test_a_gate_in_any_other_state_is_not_open(state: str | None) -> None:
    steps = [answering(deployment()), answering(deployment(gate=state, gateReason="The snapshot failed."))]
    with serving(*steps) as service, Snapback(service.url, "a-token") as client:
        with pytest.raises(GateClosedError, match="The snapshot failed"):
            client.gate_deployment("e")


def test_a_gate_that_is_not_decided_in_time_is_an_error() -> None:
    with serving(answering(deployment())) as service, Snapback(service.url, "a-token") as client:
        with pytest.raises(SnapbackTimeoutError, match="has not been decided"):
            client.gate_deployment("e", timeout=0.3)


def test_who_waits_bears_a_service_that_is_away_for_longer_than_a_request_would() -> None:
    def away(exchange: Exchange) -> None:
        exchange.answer(502)

    steps = [answering(deployment()), *[away] * 6, answering(deployment(gate="open"))]
    with serving(*steps) as service, Snapback(service.url, "a-token", attempts=2) as client:
        assert client.gate_deployment("e").gate == "open"
        assert len(service.requests) == 8


def test_who_waits_does_not_bear_it_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module.Session.insist, "__defaults__", (0.1,))
    steps = [answering(deployment()), lambda exchange: exchange.answer(502)]
    with serving(*steps) as service, Snapback(service.url, "a-token", attempts=1) as client:
        with pytest.raises(SnapbackError) as caught:
            client.gate_deployment("e")
    assert caught.value.status == 502


def test_a_snapshot_that_says_nothing_is_looked_at() -> None:
    with serving(by_path(streaming(silence=3), answering(ENDED))) as service:
        with Snapback(service.url, "a-token", idle=0.3) as client:
            assert client.snapshots.wait_for("e", "s").status == "completed"


def test_a_snapshot_in_a_state_that_nobody_knows_is_not_completed_when_it_has_ended() -> None:
    failed = {**ENDED, "status": "evaporated", "failure": {"code": "heat", "message": "It was too hot."}}
    with serving(by_path(streaming(event(1, final=True)), answering(failed))) as service:
        with Snapback(service.url, "a-token") as client, pytest.raises(SnapshotFailedError) as caught:
            client.snapshots.wait_for("e", "s")
    assert "evaporated: It was too hot." in caught.value.detail and caught.value.snapshot.status == "evaporated"


def test_progress_goes_to_a_function() -> None:
    seen: list[float] = []
    with serving(by_path(streaming(event(1), event(10, final=True)), answering(ENDED))) as service:
        with Snapback(service.url, "a-token") as client:
            client.snapshots.wait_for("e", "s", progress=lambda event: seen.append(event.percent))
    assert seen == [10, 100]


def item_restore(**said: object) -> dict[str, object]:
    return {
        **{"id": "i", "snapshotId": "s", "environmentId": "e", "status": "undoing", "place": "beside"},
        **{"files": [], "tables": [], "finding": None, "requestedBy": "ci", "undoUntil": None},
        **{"createdAt": "2026-11-23T08:00:00Z", "startedAt": None, "finishedAt": None},
        **said,
    }


CHANGED = {"code": "item-changed", "message": "Something is not what it was."}


def item_progress(exchange: Exchange) -> None:
    text = event(10, final=True).replace("snapshot-progress", "item-restore-progress")
    streaming(text.replace('"snapshotId"', '"itemRestoreId": "i", "snapshotId"'))(exchange)


@pytest.mark.parametrize(("status", "finding"), [("completed", None), ("undone", None), ("undone", CHANGED)])
def test_items_are_waited_for_until_they_are_where_they_should_be(status: str, finding: object) -> None:
    ended = item_restore(status=status, finding=finding, finishedAt="2026-11-23T08:00:00Z")
    with serving(item_progress, answering(item_restore()), item_progress, answering(ended)) as service:
        with Snapback(service.url, "a-token") as client:
            assert client.items.wait_for("e", "i").status == status
            assert len(service.requests) == 4


@pytest.mark.parametrize("status", ["failed", "completed", "archived"])
def test_items_that_are_not_where_they_should_be_are_in_the_error(status: str) -> None:
    ended = item_restore(status=status, finding=CHANGED, finishedAt="2026-11-23T08:00:00Z")
    with serving(item_progress, answering(ended)) as service, Snapback(service.url, "a-token") as client:
        with pytest.raises(ItemRestoreFailedError, match="is not what it was") as caught:
            client.items.wait_for("e", "i")
        assert caught.value.item_restore.status == status


def export(**said: object) -> dict[str, object]:
    return {
        **{"id": "x", "snapshotId": "s", "environmentId": "e", "format": "zip", "layout": "plain", "neutralizedFor": None},
        **{"fileName": "x.zip", "sizeBytes": None, "sha256": None, "finding": None, "requestedBy": "ci"},
        **{"createdAt": "2026-11-23T08:00:00Z", "startedAt": None, "finishedAt": None, "expiresAt": None},
        **said,
    }


def export_progress(exchange: Exchange) -> None:
    text = event(10, final=True).replace("snapshot-progress", "export-progress")
    streaming(text.replace('"snapshotId"', '"exportId": "x", "snapshotId"'))(exchange)


def test_an_export_is_waited_for_until_there_is_a_file() -> None:
    ended = export(status="completed", finishedAt="2026-11-23T08:00:00Z")
    with serving(export_progress, answering(export(status="running")), export_progress, answering(ended)) as service:
        with Snapback(service.url, "a-token") as client:
            assert client.exports.wait_for("e", "x").file_name == "x.zip"
            assert len(service.requests) == 4


@pytest.mark.parametrize("status", ["failed", "removed"])
def test_an_export_without_a_file_is_in_the_error(status: str) -> None:
    ended = export(status=status, finding=CHANGED, finishedAt="2026-11-23T08:00:00Z")
    with serving(export_progress, answering(ended)) as service, Snapback(service.url, "a-token") as client:
        with pytest.raises(ExportFailedError, match="is not what it was") as caught:
            client.exports.wait_for("e", "x")
        assert caught.value.export.status == status


def test_progress_goes_to_a_bar_where_there_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tqdm")
    show_all(True)
    shown_text = capsys.readouterr().err
    assert "Snapshot running" in shown_text and "100 %" in shown_text


def test_without_a_bar_nothing_is_shown_and_nothing_breaks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    show_all(True)
    assert capsys.readouterr().err == ""


def show_all(progress: bool) -> None:
    to_be_shown: Shown[models.SnapshotProgress] = progress
    with shown(to_be_shown, "Snapshot") as show:
        for number in (1, 10):
            text = event(number).partition("data: ")[2]
            show(models.SnapshotProgress.from_json(json.loads(text)))
