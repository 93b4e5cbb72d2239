"""What all models have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import datetime
from typing import TypeVar, get_args, get_type_hints
from uuid import UUID

from ..absent import ABSENT
from .reading import Reader, ReadingError, reader_for
from .showing import summary, table
from .times import text_of

M = TypeVar("M", bound="Model")

#: An id, as the service writes it or as Python has it.
Id = str | UUID


@dataclass(frozen=True, kw_only=True, repr=False)
class Model:
    """Something the service has said, or is told. It cannot be changed: the service would not know of it."""

    #: Properties that a newer service has sent and this model does not know.
    extra: Mapping[str, object] = field(default_factory=dict, repr=False, hash=False)

    @classmethod
    def from_json(cls: type[M], data: object) -> M:
        """Raises `ValueError` for what is not what the contract says."""
        if not isinstance(data, dict):
            raise ReadingError(f"is not an object, but of the type {type(data).__name__}", (cls.__name__,))
        values: dict[str, object] = {}
        known = _properties_of(cls)
        for property in known:
            if property.wire in data:
                try:
                    values[property.name] = property.read(data[property.wire])
                except ReadingError as error:
                    raise error.within(property.wire) from None
            elif property.nullable:
                values[property.name] = None
            elif not property.optional:
                raise ReadingError("is missing", (property.wire,))
        wires = {property.wire for property in known}
        values["extra"] = {name: value for name, value in data.items() if name not in wires}
        build: Callable[..., M] = cls
        return build(**values)

    def to_json(self) -> dict[str, object]:
        """The same as JSON, with what this model does not know."""
        known = {property.wire: getattr(self, property.name) for property in _properties_of(type(self))}
        left_out = {property.wire for property in _properties_of(type(self)) if property.left_out_as_none}
        given = {wire: value for wire, value in known.items() if not (value is None and wire in left_out)}
        return {**json_object(given), **self.extra}

    def __repr__(self) -> str:
        return summary(self)


@dataclass(frozen=True, kw_only=True, repr=False)
class Tagged(Model):
    """Something that is changed by one person at a time."""

    #: Names this version of it, for `if_match` and `…_if_changed`; `None` where the answer had none, as in lists.
    etag: str | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, kw_only=True, repr=False)
class Page(Model):
    """A part of a list."""

    def _repr_html_(self) -> str:
        return table(self)


@dataclass(frozen=True, kw_only=True, repr=False)
class Unrecognized(Model):
    """Something of a kind that only a newer client knows; what is in it is in `extra`."""

    kind: str = ""


@dataclass(frozen=True)
class _Property:
    name: str
    wire: str
    read: Reader
    optional: bool
    nullable: bool
    left_out_as_none: bool


#: Fields that are not properties of the contract.
_ASIDE = frozenset({"extra", "etag"})


_PROPERTIES: dict[type, tuple[_Property, ...]] = {}


def _properties_of(model: type[Model]) -> tuple[_Property, ...]:
    """Found out once for each model: looking at annotations takes longer than reading with them."""
    known = _PROPERTIES.get(model)
    if known is None:
        hints = get_type_hints(model)
        entries = [entry for entry in fields(model) if entry.name not in _ASIDE]
        known = _PROPERTIES[model] = tuple(_property(entry, hints[entry.name]) for entry in entries)
    return known


def _property(entry: Field[object], annotation: object) -> _Property:
    optional = entry.default is not MISSING
    return _Property(
        name=entry.name,
        wire=_wire_name(entry.name),
        read=reader_for(annotation),
        optional=optional,
        nullable=not optional and type(None) in get_args(annotation),
        left_out_as_none=entry.default is None,
    )


def _wire_name(name: str) -> str:
    """`created_at` is `createdAt`; a word that Python keeps for itself has a line behind it."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word[0].upper() + word[1:] for word in rest)


def json_object(values: Mapping[str, object]) -> dict[str, object]:
    """An object of JSON, without what is absent."""
    return {name: json_value(value) for name, value in values.items() if value is not ABSENT}


def json_value(value: object) -> object:
    if isinstance(value, Model):
        return value.to_json()
    if isinstance(value, datetime):
        return text_of(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return json_object(value)
    if isinstance(value, (list, tuple)):
        return [json_value(item) for item in value]
    return value
