from __future__ import annotations

from datetime import datetime, timezone

import pytest

from snapback._http.retrying import pause_after, retry_after

NOW = datetime(2026, 11, 23, 8, 0, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3),
        ({"retry-after": " 0 "}, 0),
        ({"retry-after": "86400"}, 60),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "²"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
        ({"retry-after": "Mon, 23 Nov 2026 08:00:07 GMT"}, 7),
        ({"retry-after": "Mon, 23 Nov 2026 07:00:00 GMT"}, 0),
        ({"retry-after": "Mon, 23 Nov 2026 09:00:00 GMT"}, 60),
        ({"retry-after": "Mon, 23 Nov 2026 07:00:07 GMT", "date": "Mon, 23 Nov 2026 07:00:00 GMT"}, 7),
        ({"retry-after": "Mon, 23 Nov 2026 08:00:07 GMT", "date": "nonsense"}, 7),
    ],
)
def test_an_answer_says_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds


def test_pauses_are_doubled_and_scattered_up_to_an_end() -> None:
    assert [pause_after(tries, 0.5) for tries in (1, 2, 3, 4, 5, 6, 1000)] == [0.5, 1, 2, 4, 8, 8, 8]
    assert (pause_after(1, 0), pause_after(1, 1)) == (0.375, 0.625)
