"""Files that come piece by piece, over connections that are lost, on real sockets."""

from __future__ import annotations

import asyncio
import time
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest

from snapback import AsyncSnapback, NoAnswerError, Snapback, SnapbackError
from snapback._generated import calls
from snapback._http.downloading import Transfer
from snapback._http.session import Session

from .service import KINDS, Exchange, Step, on, serving

FILE = bytes(range(256)) * 1000
TAG = '"of-the-file"'


def sending(
    content: bytes = FILE, *, upto: int | None = None, tag: str = TAG, heeds: bool = True, name: str | None = None
) -> Step:
    """A file, or the rest of it that is asked for; the connection is cut behind so many of its bytes."""

    def step(exchange: Exchange) -> None:
        asked = exchange.headers.get("Range") if exchange.headers.get("If-Range") == tag and heeds else None
        first = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        headers = {"Content-Length": str(len(content) - first), "ETag": tag}
        if name is not None:
            headers["Content-Disposition"] = name
        if asked:
            headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        exchange.close_connection = upto is not None
        exchange.begin(206 if asked else 200, headers)
        exchange.wfile.write(content[first:upto])

    return step


def refusing(status: int, code: str, **headers: str) -> Step:
    return lambda exchange: exchange.refuse(status, code, {"Retry-After": "0", **headers})


async def whole(session: Session) -> bytes:
    transfer = Transfer(session, calls.snapshot_file_download("e", "s", path="d/a.bin"))
    await transfer.begin()
    content = b""
    try:
        while (piece := await transfer.read()) is not None:
            content += piece
    finally:
        await transfer.close()
    assert (transfer.name, transfer.size) == ("a.bin", len(content))
    return content


@pytest.mark.parametrize("kind", KINDS)
def test_a_download_goes_on_behind_the_last_byte_that_came(kind: str) -> None:
    steps = (sending(upto=100_000), Exchange.lose, refusing(503, "starting"), sending(upto=200_000), sending())
    with serving(*steps) as service:
        assert on(kind, service.url, whole) == FILE
        ranges = [(request.headers["Range"], request.headers["If-Range"]) for request in service.requests]
    assert ranges[0] == (None, None) and len(ranges) == 5
    assert ranges[4] == ("bytes=200000-", TAG)
    assert service.requests[0].path == "/api/v1/environments/e/snapshots/s/file/content?path=d%2Fa.bin"
    assert service.requests[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_again_from_the_start_is_passed_over(kind: str) -> None:
    with serving(sending(upto=100_000), sending(heeds=False)) as service:
        assert on(kind, service.url, whole) == FILE


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_file_has_nothing(kind: str) -> None:
    with serving(sending(b"")) as service:
        assert on(kind, service.url, whole) == b""


@pytest.mark.parametrize("kind", KINDS)
def test_a_silent_connection_is_given_up_for_another_one(kind: str) -> None:
    def silent(exchange: Exchange) -> None:
        sending(upto=50_000)(exchange)
        time.sleep(1)

    with serving(silent, sending()) as service:
        assert on(kind, service.url, whole, idle=0.3) == FILE


@pytest.mark.parametrize(
    "second",
    [
        sending(FILE[::-1], tag='"of-another"'),
        sending(FILE + b"more", heeds=False),
        lambda exchange: exchange.answer(206, "?", {"Content-Range": f"bytes 5-9/{len(FILE)}"}),
    ],
)
def test_what_is_not_the_rest_of_the_same_file_is_refused(second: Step) -> None:
    with serving(sending(upto=100_000), second) as service, pytest.raises(SnapbackError) as caught:
        on("blocking", service.url, whole)
    assert "cannot go on" in caught.value.detail


def test_a_file_without_a_tag_ends_with_its_connection() -> None:
    for tag in ("", 'W/"weak"'):
        with serving(sending(upto=100_000, tag=tag)) as service, pytest.raises(SnapbackError) as caught:
            on("blocking", service.url, whole)
        assert "no tag" in caught.value.detail and len(service.requests) == 1


def test_connections_that_bring_nothing_are_counted() -> None:
    with serving(sending(upto=100_000), Exchange.lose) as service, pytest.raises(NoAnswerError):
        on("blocking", service.url, whole, attempts=3)
    assert len(service.requests) == 3


def test_what_will_not_change_is_not_asked_for_again() -> None:
    with serving(refusing(404, "not-found")) as service, pytest.raises(SnapbackError) as caught:
        on("blocking", service.url, whole)
    assert caught.value.code == "not-found" and len(service.requests) == 1
    with serving(sending(upto=9), refusing(409, "snapshot-damaged")) as service, pytest.raises(SnapbackError) as cut:
        on("blocking", service.url, whole)
    assert cut.value.code == "snapshot-damaged" and len(service.requests) == 2


def test_an_answer_without_its_length_is_no_file() -> None:
    with serving(lambda exchange: exchange.stream("text")) as service, pytest.raises(SnapbackError) as caught:
        on("blocking", service.url, whole)
    assert "known size" in caught.value.detail


@pytest.mark.parametrize("kind", KINDS)
def test_what_came_is_held_against_the_sha_256_of_its_tag(kind: str) -> None:
    tag = f'"{sha256(FILE).hexdigest()}"'
    with serving(sending(upto=100_000, tag=tag), sending(tag=tag)) as service:
        assert on(kind, service.url, whole) == FILE
    other = f'"{sha256(b"another").hexdigest()}"'
    with serving(sending(tag=other)) as service, pytest.raises(SnapbackError) as caught:
        on(kind, service.url, whole)
    assert "SHA-256" in caught.value.detail


@pytest.mark.parametrize(
    ("told", "name"),
    [('attachment; filename="shop-1.zip"', "shop-1.zip"), ("attachment; filename*=UTF-8''l%C3%A4den.zip", "läden.zip"), (None, "")],
)
def test_the_file_of_an_export_has_the_name_that_the_service_tells(told: str | None, name: str) -> None:
    with serving(sending(name=told)) as service, Snapback(service.url, "a-token") as client:
        download = client.exports.download("e", "x")
        assert (download.name, b"".join(download)) == (name, FILE)
    assert service.requests[0].path == "/api/v1/environments/e/exports/x/content"


def test_a_file_is_written_to_what_was_opened_for_bytes_and_leaves_no_connection() -> None:
    with serving(sending(upto=100_000), sending()) as service, Snapback(service.url, "a-token") as client:
        # The path of a name that is not UTF-8.
        download = client.contents.download("e", "s", path_base64="ZC//Cg==")
        assert (download.name, download.size) == ("\ufffd\n", len(FILE))
        target = BytesIO()
        assert download.write_to(target) == len(FILE) and target.getvalue() == FILE
    assert service.requests[0].path.endswith("/file/content?pathBase64=ZC%2F%2FCg%3D%3D")


def test_a_download_that_was_closed_does_not_look_like_one_that_has_ended() -> None:
    with serving(sending()) as service, Snapback(service.url, "a-token") as client:
        with client.contents.download("e", "s", path="a") as download:
            assert FILE.startswith(next(download))
        with pytest.raises(ValueError, match="was closed"):
            next(download)
    assert len(service.requests) == 1


def test_a_search_whose_pages_are_empty_goes_on_to_the_last() -> None:
    entry = {"path": "d/x", "name": "x", "kind": "file", "sizeBytes": 1, "mode": 420, "uid": 0, "gid": 0}
    entry |= {"pathBase64": None, "target": None, "sha256": None, "modifiedAt": "2026-11-23T08:05:04.000Z"}
    page = {"total": 1, "totalIsLowerBound": True, "limit": 20, "offset": 0}

    def answering(items: list[object], cursor: str | None) -> Step:
        return lambda exchange: exchange.answer(200, {**page, "items": items, "nextCursor": cursor})

    steps = (answering([], "a"), answering([], "b"), answering([entry], None))
    with serving(*steps) as service, Snapback(service.url, "a-token") as client:
        assert [file.path for file in client.contents.files("e", "s", path="d", search="X")] == ["d/x"]
        assert [request.path.partition("?")[2] for request in service.requests][2] == "path=d&search=X&cursor=b"


def test_a_comparison_is_with_the_other_snapshot_and_nothing_when_it_is_known() -> None:
    counts = {"addedCount": 1, "removedCount": 0, "changedCount": 2, "unchangedCount": 3}
    compared: dict[str, Any] = {"snapshotId": "s", "withSnapshotId": "o", "definitions": None, "tables": counts}
    compared["files"] = counts | {"addedBytes": 4, "removedBytes": 5}
    steps: tuple[Step, ...] = (
        lambda exchange: exchange.answer(200, compared, {"ETag": '"one"'}),
        lambda exchange: exchange.begin(304, {}),
    )
    with serving(*steps) as service, Snapback(service.url, "a-token") as client:
        found = client.contents.compare("e", "s", with_="o")
        assert (found.definitions, found.tables.changed_count, found.files.added_bytes) == (None, 2, 4)
        assert client.contents.compare_if_changed("e", "s", with_="o", etag=found.etag or "") is None
        assert service.requests[1].path == "/api/v1/environments/e/snapshots/s/compare?with=o"


@pytest.mark.parametrize("kind", ["definition", "table", "file"])
def test_changes_are_listed_page_by_page(kind: str) -> None:
    item: dict[str, Any] = {"kind": "table", "name": "t", "change": "added", "diff": ""}
    item |= {"schema": "public", "beforeRowCount": None, "afterRowCount": 1, "isExact": True}
    item |= {"addedRowCount": 1, "removedRowCount": None, "changedRowCount": 0}
    item |= {"path": "d/x", "pathBase64": None, "aspects": [], "before": None, "after": None}
    page = {"items": [item], "total": 2, "totalIsLowerBound": False, "limit": 1, "offset": 0}

    def answering(cursor: str | None) -> Step:
        return lambda exchange: exchange.answer(200, {**page, "nextCursor": cursor})

    def changes(client: Snapback | AsyncSnapback) -> Any:
        return getattr(client.contents, f"{kind}_changes")("e", "s", with_="o", page_size=1)

    async def asynchronously() -> list[str]:
        async with AsyncSnapback(service.url, "a-token") as client:
            return [change.change async for change in changes(client)]

    with serving(answering("a"), answering(None), answering("a"), answering(None)) as service:
        with Snapback(service.url, "a-token") as client:
            assert [change.change for change in changes(client)] == ["added", "added"]
        assert asyncio.run(asynchronously()) == ["added", "added"]
        assert service.requests[3].path.endswith(f"/s/compare/{kind}s?with=o&limit=1&cursor=a")
