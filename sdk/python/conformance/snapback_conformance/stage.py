"""What the cases run against: the service, the proxy before it and what tells that what to do."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict, cast

import httpx


class World(TypedDict):
    projectId: str
    environmentId: str
    snapshotId: str
    slowEnvironmentId: str


class Arrived(TypedDict):
    method: str
    path: str
    headers: dict[str, str]
    at: float
    closedAt: float | None


class Control:
    """Tells the proxy what to do."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=120, trust_env=False)

    def faults(self, *faults: Mapping[str, object]) -> None:
        self._http.post("/faults", json=list(faults)).raise_for_status()

    def requests(self, part: str = "") -> list[Arrived]:
        """Those that have arrived, whose method and path have this in them."""
        arrived = cast("list[Arrived]", self._http.get("/requests").raise_for_status().json())
        return [request for request in arrived if part in f"{request['method']} {request['path']}"]

    def forget(self) -> None:
        self._http.delete("/").raise_for_status()

    def restart(self) -> None:
        self._http.post("/restart").raise_for_status()

    def close(self) -> None:
        self._http.close()


@dataclass(frozen=True)
class Place:
    url: str
    token: str
    control: Control
    world: World

    @property
    def environment(self) -> str:
        return self.world["environmentId"]

    @property
    def slow_environment(self) -> str:
        return self.world["slowEnvironmentId"]

    @property
    def snapshot(self) -> str:
        return self.world["snapshotId"]


def place_from_environment() -> Place:
    return Place(
        os.environ["SNAPBACK_URL"],
        os.environ["SNAPBACK_TOKEN"],
        Control(os.environ["CONFORMANCE_CONTROL"]),
        cast("World", json.loads(os.environ["CONFORMANCE_WORLD"])),
    )
