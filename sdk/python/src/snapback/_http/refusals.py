"""Makes errors of answers that refuse, and of answers that did not come."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from http import HTTPStatus
from typing import TypeVar

from ..errors import NoAnswerError, SnapbackError, SnapbackTimeoutError
from ..models import Problem
from .call import Answer
from .retrying import retry_after
from .wire import Unanswered

T = TypeVar("T")

#: Where something in between answers for a service it has not heard from.
_FROM_BETWEEN = frozenset({502, 504})


def refusal(answer: Answer, *, changes: bool) -> SnapbackError:
    said = _object_in(answer)
    code, detail = (said.get(name) for name in ("code", "detail"))
    error = SnapbackError(detail if isinstance(detail, str) and detail else _unknown(answer))
    error.status = answer.status
    error.code = code if isinstance(code, str) else None
    error.problem = _problem_in(said)
    error.retry_after = retry_after(answer.headers, datetime.now(timezone.utc))
    error.outcome_unknown = changes and answer.status in _FROM_BETWEEN
    return error


def no_answer(failure: Unanswered, *, changes: bool) -> NoAnswerError:
    kind = SnapbackTimeoutError if failure.timed_out else NoAnswerError
    unknown = failure.sent and changes
    cause = str(failure) or type(failure.__cause__).__name__
    consequence = " It may have done what it was asked for." if unknown else ""
    error = kind(f"The service did not answer{' in time' if failure.timed_out else ''} ({cause}).{consequence}")
    error.outcome_unknown = unknown
    error.__cause__ = failure.__cause__
    return error


def unreadable(answer: Answer, cause: ValueError) -> SnapbackError:
    """An answer that should have been what was asked for. Something stands in between, or the address is another's."""
    error = SnapbackError(f"The answer cannot be read; is this the address of the service? {cause}")
    error.status = answer.status
    error.__cause__ = cause
    return error


def _unknown(answer: Answer) -> str:
    try:
        phrase = f" {HTTPStatus(answer.status).phrase}"
    except ValueError:
        phrase = ""
    place = answer.headers.get("location")
    where = f", and names {place}" if place and 300 <= answer.status < 400 else ""
    return f"{answer.status}{phrase}: the answer is not the service's own{where}."


def _object_in(answer: Answer) -> dict[str, object]:
    said = _or_none(lambda: json.loads(answer.content))
    return said if isinstance(said, dict) else {}


def _problem_in(said: dict[str, object]) -> Problem | None:
    # What a proxy says as JSON is none.
    return _or_none(lambda: Problem.from_json(said))


def _or_none(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except ValueError:
        return None
