from __future__ import annotations

from snapback import models
from snapback._model.showing import size_of

from .test_models import SNAPSHOT


def test_a_snapshot_says_which_one_it_is_and_how_it_is_doing() -> None:
    assert (
        repr(models.Snapshot.from_json(SNAPSHOT)) == "<Snapshot 9d0a4f7e full manual completed 52.4 MB 'before 17.0'>"
    )
    queued = {**SNAPSHOT, "status": "queued", "databaseBytes": None, "filestoreBytes": None, "label": None}
    assert repr(models.Snapshot.from_json(queued)) == "<Snapshot 9d0a4f7e full manual queued>"


def test_what_has_neither_name_nor_state_shows_what_is_in_it() -> None:
    finding = models.Finding(code="left-over", message="word " * 40)
    assert repr(finding).startswith("<Finding code='left-over' message='word word")
    assert len(repr(finding)) < 120


def test_sizes_are_told_in_the_units_of_people() -> None:
    sizes = {0: "0 bytes", 999: "999 bytes", 1000: "1.0 kB", 999_949: "999.9 kB", 999_950: "1.0 MB"}
    assert {size: size_of(size) for size in sizes} == sizes
    assert size_of(1_200_000_000) == "1.2 GB" and size_of(9 * 10**18) == "9000.0 PB"


def test_a_page_is_a_table_in_which_nothing_is_markup() -> None:
    items = [{**SNAPSHOT, "label": "<script>alert(1)</script>"}]
    rest = {"total": 10_000, "totalIsLowerBound": True, "limit": 20, "offset": 0, "nextCursor": "abc"}
    page = models.SnapshotPage.from_json({"items": items, **rest})
    html = page._repr_html_()
    assert "1 of more than 10000" in html and "<td>52.4 MB</td>" in html and "<td>2026-11-23 08:00</td>" in html
    assert "<script>" not in html and "&lt;script&gt;alert(1)" in html
    # A column in which nothing stands says nothing.
    assert "gate" not in html
