from __future__ import annotations

import random

import pytest

from snapback._http.sse import Message, MessageReader

TEXT = (
    "\ufeff: hello\n\n"
    'event: progress\nid: 1\ndata: {"städte": 1}\n\n'
    "id: 2\r\ndata: two\r\ndata:lines\r\n\r\n"
    "data\n\n"
    ": heartbeat\n\n"
    "id:4\nunknown: x\ndata: four\rdata: more\r\r"
    "event: progress\n\n"
    "id\ndata: the id is taken back\n\n"
).encode()
MESSAGES = [
    Message("progress", '{"städte": 1}', "1"),
    Message("message", "two\nlines", "2"),
    Message("message", "", "2"),
    Message("message", "four\nmore", "4"),
    Message("message", "the id is taken back", None),
]


def read(*chunks: bytes) -> list[Message]:
    reader = MessageReader()
    return [message for chunk in chunks for message in reader.feed(chunk)]


def test_messages_are_read_as_the_standard_says() -> None:
    assert read(TEXT) == MESSAGES


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_it_does_not_matter_how_bytes_are_cut_into_pieces(size: int) -> None:
    assert read(*(TEXT[at : at + size] for at in range(0, len(TEXT), size))) == MESSAGES


def test_it_does_not_matter_where_bytes_are_cut_in_two() -> None:
    for at in range(len(TEXT)):
        assert read(TEXT[:at], b"", TEXT[at:]) == MESSAGES


def test_half_a_message_is_none_and_its_id_is_not_remembered() -> None:
    whole = b"id: 1\ndata: one\n\n"
    half = b'id: 2\ndata: {"percent": 5}\n'
    for length in range(len(half) + 1):
        reader = MessageReader()
        assert [message.data for message in reader.feed(whole + half[:length])] == ["one"]
        assert reader.last_id == "1"


def test_an_id_that_no_header_can_hold_is_not_taken() -> None:
    reader = MessageReader("7")
    assert [message.id for message in reader.feed("id: ☃\ndata: x\n\nid: a\x00b\ndata: y\n\n".encode())] == ["7", "7"]


def test_bytes_of_any_kind_raise_nothing() -> None:
    chance = random.Random(18)
    for _ in range(200):
        reader = MessageReader()
        for _ in range(20):
            list(reader.feed(bytes(chance.choice(b"\r\n: datevnt\xff\xc3") for _ in range(chance.randrange(12)))))
