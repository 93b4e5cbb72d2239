"""A small server that does what a test says, on a real socket."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar

import trio

from snapback import AsyncSnapback, Snapback
from snapback._http.blocking import complete
from snapback._http.session import Session

T = TypeVar("T")


@dataclass(frozen=True)
class Heard:
    command: str
    path: str
    headers: Message


class Exchange(BaseHTTPRequestHandler):
    """A request, and what can be done with it."""

    protocol_version = "HTTP/1.1"
    server: Service

    def answer(self, status: int, body: object = None, headers: dict[str, str] | None = None) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.begin(status, {"Content-Length": str(len(content)), "Content-Type": "application/json", **(headers or {})})
        self.wfile.write(content)

    def refuse(self, status: int, code: str = "no", headers: dict[str, str] | None = None) -> None:
        problem = {"type": "urn:x", "title": "No", "status": status, "code": code, "detail": f"It is {code}."}
        self.answer(status, problem, headers)

    def begin(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def stream(self, *parts: str) -> None:
        """Parts of a stream of events, behind which the connection is cut."""
        self.close_connection = True
        self.begin(200, {"Content-Type": "text/event-stream", "Connection": "close"})
        for part in parts:
            self.wfile.write(part.encode())

    def lose(self) -> None:
        self.close_connection = True

    def handle_any(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        step = self.server.heard(Heard(self.command, self.path, self.headers))
        step(self)

    do_GET = do_POST = do_PATCH = do_DELETE = handle_any

    def log_message(self, format: str, *args: object) -> None:
        pass


Step = Callable[[Exchange], None]


class Service(ThreadingHTTPServer):
    """Does one step for each request, and the last one for all that follow."""

    daemon_threads = True

    def __init__(self, *steps: Step) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self._steps = list(steps)
        self._lock = threading.Lock()
        self.requests: list[Heard] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def heard(self, request: Heard) -> Step:
        with self._lock:
            self.requests.append(request)
            return self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]

    def handle_error(self, request: object, client_address: object) -> None:
        # A client that goes away is what some of the tests are about.
        pass


@contextmanager
def serving(*steps: Step) -> Iterator[Service]:
    service = Service(*steps)
    thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        service.shutdown()
        thread.join()
        service.server_close()


KINDS = ["blocking", "asyncio", "trio"]


def on(
    kind: str,
    url: str,
    work: Callable[[Session], Awaitable[T]],
    *,
    token: str | Callable[[], str] = "a-token",
    timeout: float = 5,
    attempts: int = 4,
    idle: float = 5,
) -> T:
    """What comes of work that one of the clients does."""
    if kind == "blocking":
        with Snapback(url, token, timeout=timeout, attempts=attempts, idle=idle) as client:
            return complete(work(client._session))

    async def main() -> T:
        async with AsyncSnapback(url, token, timeout=timeout, attempts=attempts, idle=idle) as client:
            return await work(client._session)

    return asyncio.run(main()) if kind == "asyncio" else trio.run(main)
