"""Reads JSON as the annotations of a model say.

What a newer service adds breaks nothing: properties that a model does not know are kept aside, a value that an
enumeration does not have stays the string that it is, and one of an unknown kind becomes an `Unrecognized`.
What is of another type than the contract says is an error that names the place: nobody should find out later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import NoneType, UnionType
from typing import Literal, Protocol, Union, get_args, get_origin, get_type_hints

from ..absent import Absent
from .times import time_of

Reader = Callable[[object], object]


class ReadingError(ValueError):
    """JSON is not what the contract says."""

    def __init__(self, problem: str, place: tuple[str, ...] = ()) -> None:
        super().__init__(f"{'.'.join(place)} {problem}" if place else f"It {problem}")
        self.problem = problem
        self.place = place

    def within(self, place: str) -> ReadingError:
        return ReadingError(self.problem, (place, *self.place))


class Readable(Protocol):
    """A model."""

    @classmethod
    def from_json(cls, data: object) -> object: ...


def reader_for(annotation: object) -> Reader:
    """What reads a value of this type."""
    if isinstance(annotation, type) and annotation in _PLAIN:
        return _PLAIN[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is list:
        return _list_of(reader_for(arguments[0]))
    if origin is dict:
        return _mapping_of(reader_for(arguments[1]))
    if origin is Literal:
        return _PLAIN[str]
    if origin in (Union, UnionType):
        return _either(arguments)
    if isinstance(annotation, type) and hasattr(annotation, "from_json"):
        model: type[Readable] = annotation
        return model.from_json
    raise TypeError(f"Nothing reads {annotation!r}.")


def _either(members: tuple[object, ...]) -> Reader:
    present = [member for member in members if member not in (NoneType, Absent)]
    by_kind = {kind: reader_for(member) for member in present if (kind := _kind_of(member)) is not None}
    # The last member of a union of models is for the kinds that nobody knows.
    read = _by_kind(by_kind, reader_for(present[-1])) if by_kind else reader_for(present[0])
    return _or_none(read) if NoneType in members else read


def _kind_of(member: object) -> str | None:
    """The one kind that a model is of."""
    if not (isinstance(member, type) and hasattr(member, "from_json")):
        return None
    kind = get_type_hints(member).get("kind")
    values = get_args(kind) if get_origin(kind) is Literal else ()
    return str(values[0]) if len(values) == 1 else None


def _by_kind(readers: Mapping[str, Reader], unknown: Reader) -> Reader:
    def read(value: object) -> object:
        kind = value.get("kind") if isinstance(value, dict) else None
        return (readers.get(kind, unknown) if isinstance(kind, str) else unknown)(value)

    return read


def _or_none(read: Reader) -> Reader:
    return lambda value: None if value is None else read(value)


def _list_of(read: Reader) -> Reader:
    def read_all(value: object) -> object:
        if not isinstance(value, list):
            raise _not("an array", value)
        return [_at(f"[{index}]", read, item) for index, item in enumerate(value)]

    return read_all


def _mapping_of(read: Reader) -> Reader:
    def read_all(value: object) -> object:
        if not isinstance(value, dict):
            raise _not("an object", value)
        return {str(name): _at(str(name), read, item) for name, item in value.items()}

    return read_all


def _at(place: str, read: Reader, value: object) -> object:
    try:
        return read(value)
    except ReadingError as error:
        raise error.within(place) from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _not("a string", value)
    return value


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _not("an integer", value)
    return value


def _number(value: object) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise _not("a number", value)
    return float(value)


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise _not("true or false", value)
    return value


def _time(value: object) -> datetime:
    try:
        return time_of(_text(value))
    except ReadingError:
        raise
    except ValueError as error:
        raise ReadingError(f"is not a time: {error}") from None


def _not(expected: str, value: object) -> ReadingError:
    # The type alone: what is in it may be long, or nobody's business.
    return ReadingError(f"is not {expected}, but of the type {type(value).__name__}")


_PLAIN: dict[object, Reader] = {str: _text, int: _integer, float: _number, bool: _truth, datetime: _time}
