"""Times as the contract writes them (RFC 3339) and as Python has them (aware)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

# Python 3.10 reads neither "Z" nor fractions of one, two or nine digits by itself.
_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))",
)


def time_of(text: str) -> datetime:
    """An aware time. Digits beyond microseconds are dropped. Raises `ValueError`."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is no time of RFC 3339")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    fraction, sign, hours, minutes = match.groups()[6:]
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    zone = timezone(-offset if sign == "-" else offset) if offset else timezone.utc
    microsecond = int((fraction or "0")[:6].ljust(6, "0"))
    return datetime(year, month, day, hour, minute, second, microsecond, tzinfo=zone)


def text_of(time: datetime) -> str:
    """Raises `ValueError` for a time without a zone: nobody can say which moment it means."""
    if time.tzinfo is None:
        raise ValueError("A time needs a zone, such as datetime.now(timezone.utc).")
    return time.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
