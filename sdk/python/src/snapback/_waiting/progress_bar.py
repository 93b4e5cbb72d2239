"""Shows progress while somebody waits."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar


class Progress(Protocol):
    @property
    def percent(self) -> float: ...

    @property
    def status(self) -> str: ...

    @property
    def phase(self) -> str | None: ...


class Bar(Protocol):
    """As much of tqdm's bar as is used here."""

    n: float

    def set_description_str(self, desc: str) -> None: ...

    def refresh(self) -> object: ...

    def close(self) -> None: ...


G = TypeVar("G", bound=Progress)
#: `True` shows a bar where tqdm is installed; a function is called with each event.
Shown = bool | Callable[[G], object]


@contextmanager
def shown(progress: Shown[G], subject: str) -> Iterator[Callable[[G], object]]:
    """What is to be called with each event."""
    if callable(progress):
        yield progress
        return
    bar = _bar(subject) if progress else None
    if bar is None:
        yield lambda event: None
        return
    present = bar

    def show(event: G) -> None:
        present.set_description_str(f"{subject} {event.phase or event.status}")
        present.n = event.percent
        present.refresh()

    try:
        yield show
    finally:
        bar.close()


def _bar(subject: str) -> Bar | None:
    try:
        with warnings.catch_warnings():
            # In a notebook without widgets it says so, and takes the bar of the terminal.
            warnings.simplefilter("ignore")
            make: Callable[..., Bar] = importlib.import_module("tqdm.auto").tqdm
            return make(total=100, desc=subject, bar_format="{desc}: {percentage:3.0f} %|{bar}| {elapsed}")
    except ImportError:
        return None
