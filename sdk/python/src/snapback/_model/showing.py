"""How models look in a notebook, a log or a debugger: one line that says which one it is and how it is doing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .base import Model

#: What tells a thing from its like, in the order of reading.
_TELLING = ("id", "name", "kind", "type", "trigger", "status", "state", "outcome", "decision", "gate", "percent", "phase",
            "size", "label", "version")  # fmt: skip
_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")
_LONGEST = 60
_MOST_FIELDS = 4


def summary(model: Model) -> str:
    """`<Snapshot 9d0a4f7e full manual completed 52.4 MB 'before 17.0'>`."""
    words = [word for name in _TELLING if (word := _word(model, name))]
    return f"<{' '.join([type(model).__name__, *(words or _fields_of(model))])}>"


def table(page: Model) -> str:
    """A table of what is on a page."""
    items: list[Model] = list(getattr(page, "items", []))
    total, is_lower_bound = getattr(page, "total", len(items)), getattr(page, "total_is_lower_bound", False)
    caption = f"{len(items)} of {'more than ' if is_lower_bound else ''}{total}"
    names = [name for name in (*_TELLING, "created_at") if any(_cell(item, name) for item in items)]
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in names)
    rows = (f"<tr>{''.join(f'<td>{escape(_cell(item, name))}</td>' for name in names)}</tr>" for item in items)
    return f"<table><caption>{escape(caption)}</caption><tr>{head}</tr>{''.join(rows)}</table>"


def size_of(count: int) -> str:
    """1200000000 is `1.2 GB`."""
    size, unit = float(count), 0
    while size >= 999.95 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{count} bytes" if unit == 0 else f"{size:.1f} {_UNITS[unit]}"


def _word(model: Model, name: str) -> str:
    text = _cell(model, name)
    return repr(text) if text and name in ("label", "version") else text


def _cell(model: Model, name: str) -> str:
    special = _SPECIAL.get(name)
    if special is not None:
        return special(model)
    value = getattr(model, name, None)
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return _short(str(value))


def _id(model: Model) -> str:
    # Enough to tell one from another by eye; the whole id is an attribute.
    return str(getattr(model, "id", ""))[:8]


def _size(model: Model) -> str:
    sizes = [getattr(model, name, None) for name in ("database_bytes", "filestore_bytes")]
    known = [size for size in sizes if isinstance(size, int)]
    return size_of(sum(known)) if known else ""


def _percent(model: Model) -> str:
    percent = getattr(model, "percent", None)
    return f"{percent:g} %" if isinstance(percent, float) else ""


_SPECIAL: dict[str, Callable[[Model], str]] = {"id": _id, "size": _size, "percent": _percent}


def _fields_of(model: Model) -> list[str]:
    """Of what has neither name nor state, its first fields; never one that is a secret."""
    shown = [(entry.name, getattr(model, entry.name)) for entry in fields(model) if entry.repr]
    present = [f"{name}={_short(repr(value))}" for name, value in shown if value is not None]
    return present[:_MOST_FIELDS]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
