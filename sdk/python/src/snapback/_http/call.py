"""What an operation of the contract asks for, and how its answer is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, TypeVar
from urllib.parse import quote, urlencode
from uuid import uuid4

from .._model.base import Id, Model, Tagged, json_object
from .._model.times import text_of
from ..absent import ABSENT, Absent

T = TypeVar("T")
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Answer:
    """A whole answer. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True)
class Call(Generic[T]):
    """One request, and what reads its answer."""

    method: str
    path: str
    read: Callable[[Answer], T]
    query: Mapping[str, object] = field(default_factory=dict)
    body: Mapping[str, object] | None = None
    #: Those whose value is `None` are left out.
    headers: Mapping[str, str | None] = field(default_factory=dict)
    #: Health is for everybody.
    authorized: bool = True
    #: Answers that are read; all others are refusals.
    accepted: frozenset[int] = frozenset({200, 201, 202, 204})

    @property
    def repeatable(self) -> bool:
        """Whether asking twice does no more than asking once."""
        return self.method in ("GET", "PUT", "DELETE") or self.headers.get("Idempotency-Key") is not None

    @property
    def changes(self) -> bool:
        return self.method != "GET"

    @property
    def removes(self) -> bool:
        """Whether all it says in the end is that something is gone."""
        return self.method == "DELETE" and self.read is nothing

    @property
    def target(self) -> str:
        """Path and query."""
        return _target(self.path, self.query)

    @property
    def content(self) -> bytes | None:
        if self.body is None:
            return None
        return json.dumps(json_object(self.body), ensure_ascii=False, allow_nan=False).encode()

    def asking(self, **query: object) -> Call[T]:
        """The same with other parameters."""
        return replace(self, query={**self.query, **query})

    def if_changed(self, etag: str) -> Call[T | None]:
        """The same, whose answer is `None` while what it asks for is what carries this tag."""
        read = self.read

        def read_change(answer: Answer) -> T | None:
            return None if answer.status == 304 else read(answer)

        return Call(
            self.method,
            self.path,
            read_change,
            query=self.query,
            headers={**self.headers, "If-None-Match": etag},
            accepted=self.accepted | {304},
        )


@dataclass(frozen=True)
class Stream(Generic[M]):
    """A stream of events of one type; those of others are passed over."""

    path: str
    event: str
    model: type[M]


@dataclass(frozen=True)
class File:
    """The bytes of a file."""

    path: str
    query: Mapping[str, object] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """Path and query."""
        return _target(self.path, self.query)


def path_of(template: str, *ids: Id) -> str:
    """Fills ids into a path. What would lead to another one is refused."""
    for value in ids:
        if str(value) in ("", ".", ".."):
            raise ValueError(f"{str(value)!r} is no id.")
    return template.format(*(quote(str(value), safe="") for value in ids))


def chosen_key(key: str | None) -> str:
    """The key of the caller, or one that nobody else has: with it the request can be sent again."""
    if key is None:
        return str(uuid4())
    return header_text(key, "An Idempotency-Key")


def header_text(text: str, what: str) -> str:
    """Text that can stand in a header. The error does not repeat it: it may be a secret."""
    if not all("!" <= character <= "~" for character in text):
        raise ValueError(f"{what} has visible characters of ASCII only.")
    return text


def left_out(value: T | None) -> T | Absent:
    """A property that cannot be null: without a value it is not sent."""
    return ABSENT if value is None else value


def reading(model: type[M]) -> Callable[[Answer], M]:
    def read(answer: Answer) -> M:
        found = model.from_json(json.loads(answer.content))
        if isinstance(found, Tagged):
            return replace(found, etag=answer.headers.get("etag"))
        return found

    return read


def nothing(answer: Answer) -> None:
    """Reads an answer that says no more than that it is done."""


def _target(path: str, query: Mapping[str, object]) -> str:
    given = {name: _query_text(value) for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def _query_text(value: object) -> str:
    if isinstance(value, datetime):
        return text_of(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
