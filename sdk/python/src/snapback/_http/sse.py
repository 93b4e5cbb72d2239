"""Reads server-sent events out of bytes, however these are cut into pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class Message:
    event: str
    data: str
    #: The id to go on behind: its own, or that of the last one that had one.
    id: str | None


class MessageReader:
    """
    The format is that of the HTML standard, without its `retry` field. A message counts once the empty line behind it has
    come: what is cut off before is not one, and its id is not remembered.
    """

    def __init__(self, last_id: str | None = None) -> None:
        self.last_id = last_id
        self._rest = b""
        self._ended_in_cr = False
        self._at_start = True
        self._event = ""
        self._data: list[str] = []
        self._id: str | None = None

    def feed(self, chunk: bytes) -> Iterator[Message]:
        if not chunk:
            return
        if self._ended_in_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
        self._ended_in_cr = chunk.endswith(b"\r")
        *lines, self._rest = _LINE_END.split(self._rest + chunk)
        for line in lines:
            text = line.decode("utf-8", errors="replace")
            if self._at_start:
                text, self._at_start = text.removeprefix(_BYTE_ORDER_MARK), False
            if text:
                self._take(text)
            elif (message := self._complete()) is not None:
                yield message

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._event = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and value.isascii() and value.isprintable():
            # It has to go into a header again.
            self._id = value

    def _complete(self) -> Message | None:
        self.last_id = self.last_id if self._id is None else self._id or None
        message = Message(self._event or "message", "\n".join(self._data), self.last_id) if self._data else None
        self._event, self._data, self._id = "", [], None
        return message
