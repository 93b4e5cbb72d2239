"""What is sent, how often and for how long, by both clients, on real sockets."""

from __future__ import annotations

import pickle
import socket
import time
from collections.abc import Callable
from contextlib import closing
from time import monotonic

import pytest

from snapback import DeploymentEndedError, NoAnswerError, Snapback, SnapbackError, SnapbackTimeoutError, models
from snapback._generated import calls

from .service import KINDS, Exchange, Step, on, serving

PROJECT: dict[str, object] = {
    **{"id": "p", "name": "shop", "description": None, "organization": "acme", "environmentCount": 0},
    **{"createdAt": "2026-11-23T08:00:00Z", "updatedAt": "2026-11-23T08:00:00Z"},
}


def answering(status: int, body: object = None) -> Step:
    return lambda exchange: exchange.answer(status, body)


def refusing(status: int, code: str = "no", **headers: str) -> Step:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda exchange: exchange.refuse(status, code, named)


def closed_port() -> str:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_removal_whose_answer_was_lost_is_done_when_it_is_gone(kind: str) -> None:
    with serving(Exchange.lose, refusing(404, "not-found")) as service:
        on(kind, service.url, lambda session: session.run(calls.project_delete("p")))
        assert [request.command for request in service.requests] == ["DELETE", "DELETE"]


def test_what_was_never_there_cannot_be_removed() -> None:
    with serving(refusing(404, "not-found")) as service, pytest.raises(SnapbackError) as caught:
        on("blocking", service.url, lambda session: session.run(calls.project_delete("p")))
    assert caught.value.code == "not-found"


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_without_a_key_is_asked_for_once(kind: str) -> None:
    with serving(Exchange.lose) as service, pytest.raises(NoAnswerError) as caught:
        on(kind, service.url, lambda session: session.run(calls.project_update("p", name="shop")))
    assert caught.value.outcome_unknown and "It may have done" in caught.value.detail
    assert len(service.requests) == 1


@pytest.mark.parametrize("status", [502, 504])
def test_a_gateway_that_has_not_heard_from_the_service_leaves_the_outcome_open(status: int) -> None:
    with serving(answering(status)) as service, pytest.raises(SnapbackError) as caught:
        on("blocking", service.url, lambda session: session.run(calls.project_create(name="shop")))
    assert caught.value.outcome_unknown


@pytest.mark.parametrize("kind", KINDS)
def test_where_nobody_listens_nothing_was_done(kind: str) -> None:
    with pytest.raises(NoAnswerError) as caught:
        on(kind, closed_port(), lambda session: session.run(calls.project_create(name="shop")))
    assert not caught.value.outcome_unknown and caught.value.status is None


def test_a_refusal_for_good_tells_that_the_tries_before_it_have_done_nothing() -> None:
    with serving(Exchange.lose, refusing(409, "environment-busy")) as service, pytest.raises(SnapbackError) as caught:
        on("blocking", service.url, lambda session: session.run(calls.snapshot_create("e")))
    assert caught.value.code == "environment-busy" and not caught.value.outcome_unknown
    first, second = (request.headers["Idempotency-Key"] for request in service.requests)
    assert first == second and len(first) == 36


@pytest.mark.parametrize("kind", KINDS)
def test_half_an_answer_is_none_and_is_asked_for_again(kind: str) -> None:
    def half(exchange: Exchange) -> None:
        exchange.close_connection = True
        exchange.begin(200, {"Content-Length": "1000", "Content-Type": "application/json"})
        exchange.wfile.write(b'{"id": "p"')

    with serving(half, answering(200, PROJECT)) as service:
        assert on(kind, service.url, lambda session: session.run(calls.project_view("p"))).name == "shop"


def stalling(exchange: Exchange) -> None:
    exchange.begin(200, {"Content-Length": "1000"})
    time.sleep(4)


def trickling(exchange: Exchange) -> None:
    exchange.begin(200, {"Content-Length": "1000"})
    for _ in range(40):
        exchange.wfile.write(b" ")
        exchange.wfile.flush()
        time.sleep(0.1)


def late(exchange: Exchange) -> None:
    time.sleep(0.8)
    stalling(exchange)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("slow", [stalling, trickling, late])
def test_a_request_ends_in_its_time_however_the_answer_stays_away(kind: str, slow: Step) -> None:
    with serving(slow) as service:
        began = monotonic()
        with pytest.raises(SnapbackTimeoutError):
            on(kind, service.url, lambda session: session.run(calls.project_view("p")), timeout=1)
        assert 0.9 < monotonic() - began < 1.6


def test_what_cannot_come_in_time_is_not_waited_for() -> None:
    with serving(refusing(429, "too-many-requests", Retry_After="30")) as service:
        began = monotonic()
        with pytest.raises(SnapbackError) as caught:
            on("blocking", service.url, lambda session: session.run(calls.project_view("p")))
    assert monotonic() - began < 1
    assert (caught.value.code, caught.value.retry_after) == ("too-many-requests", 30)


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_is_asked_for_with_each_try_and_never_for_health(kind: str) -> None:
    tokens = iter(["one", "two"])
    health = {"status": "ok", "checks": {"database": "up"}}
    with serving(refusing(503, Retry_After="0"), answering(200, PROJECT), answering(200, health)) as service:
        for call in (calls.project_view("p"), calls.health_ready()):
            on(kind, service.url, lambda session, call=call: session.run(call), token=lambda: next(tokens))  # type: ignore[misc]
        assert [request.headers["Authorization"] for request in service.requests] == ["Bearer one", "Bearer two", None]


def test_a_token_that_fits_into_no_header_is_refused_without_being_told() -> None:
    with pytest.raises(ValueError) as caught:
        on("blocking", "http://localhost", lambda session: session.run(calls.project_view("p")), token="se\ncret")
    assert "se" not in str(caught.value).replace("visible", "")


@pytest.mark.parametrize("made", [calls.project_view, calls.snapshot_list, calls.snapshot_create])
@pytest.mark.parametrize("id", ["", ".", ".."])
def test_an_id_never_leads_to_another_path(made: Callable[[str], object], id: str) -> None:
    with pytest.raises(ValueError, match="is no id"):
        made(id)
    assert calls.project_view("../a?b#c%2f").path == "/api/v1/projects/..%2Fa%3Fb%23c%252f"


def test_a_key_has_visible_characters_only() -> None:
    with pytest.raises(ValueError, match="Idempotency-Key"):
        calls.snapshot_create("e", idempotency_key="käse")


def test_an_answer_that_is_another_ones_is_an_error_that_says_so() -> None:
    elsewhere = {"Location": "https://login.example/"}
    with (
        serving(lambda exchange: exchange.answer(302, None, elsewhere)) as service,
        pytest.raises(SnapbackError) as moved,
    ):
        on("blocking", service.url, lambda session: session.run(calls.project_view("p")))
    assert "302 Found" in moved.value.detail and "login.example" in moved.value.detail and moved.value.code is None
    with serving(answering(200, ["<html>"])) as service, pytest.raises(SnapbackError) as other:
        on("blocking", service.url, lambda session: session.run(calls.project_view("p")))
    assert other.value.status == 200 and "is this the address of the service?" in other.value.detail


@pytest.mark.parametrize("address", ["", "snapback.internal", "ftp://snapback.internal", "https://"])
def test_an_address_that_is_none_is_refused_at_once(address: str) -> None:
    with pytest.raises(ValueError):
        Snapback(address, "a-token")


def test_an_address_may_have_a_path_and_is_shown_without_the_token() -> None:
    with serving(answering(200, PROJECT)) as service, Snapback(f"{service.url}/undo/", "a-token") as client:
        client.projects.view("p")
        assert service.requests[0].path == "/undo/api/v1/projects/p"
        assert repr(client) == f"<Snapback {service.url}/undo>"


def test_errors_come_out_of_another_process_as_they_went_in() -> None:
    problem = {"type": "urn:x", "title": "No", "status": 422, "code": "validation-failed", "detail": "No."}
    errors = [{"field": "name", "message": "is too long"}]
    with serving(answering(422, {**problem, "errors": errors, "requestId": "7"})) as service:
        with pytest.raises(SnapbackError) as caught:
            on("blocking", service.url, lambda session: session.run(calls.project_create(name="shop")))
    error = pickle.loads(pickle.dumps(caught.value))
    assert (str(error), error.status, error.code, error.request_id) == ("No.", 422, "validation-failed", "7")
    assert error.fields == [models.FieldError(field="name", message="is too long")]
    deployment = models.DeploymentDetails.from_json(
        {
            **dict.fromkeys(["version", "gate", "gateReason", "snapshotId", "rollbackDeploymentId"]),
            **{"id": "d", "environmentId": "e", "kind": "deploy", "status": "completed", "requestedBy": "ci"},
            **{"createdAt": "2026-11-23T08:00:00Z", "finishedAt": None, "rollback": None},
        }
    )
    ended = pickle.loads(pickle.dumps(DeploymentEndedError("It has ended.", deployment)))
    assert str(ended) == "It has ended." and ended.deployment == deployment
