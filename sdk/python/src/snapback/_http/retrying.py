"""When a request is sent again, and how long that waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

#: Answers that may be otherwise in a moment.
PASSING = frozenset({408, 429, 502, 503, 504})

#: The longest time to wait because an answer says so, in seconds.
LONGEST_RETRY_AFTER = 60.0
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 8.0


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """
    How many seconds an answer asks to wait for; `None` when it does not say. A date is measured against the date of the
    answer itself: both are of the same clock, however wrong that is or ours.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_RETRY_AFTER)
    until = _date(value)
    if until is None:
        return None
    since = _date(headers.get("date", "")) or now
    return min(max((until - since).total_seconds(), 0.0), LONGEST_RETRY_AFTER)


def pause_after(tries: int, chance: float) -> float:
    """Doubled each time, and scattered by `chance` (0 to 1), so that those who were refused together do not return together."""
    longest = min(_FIRST_PAUSE * 2.0 ** min(tries - 1, 10), _LONGEST_PAUSE)
    return float(longest * (0.75 + chance / 2))


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=timezone.utc)
