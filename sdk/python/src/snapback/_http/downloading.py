"""Brings a file of any size piece by piece, over as many connections as that takes."""

from __future__ import annotations

import random
import re
from base64 import b64decode
from email.message import Message
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from ..errors import NoAnswerError, SnapbackError
from .call import Answer, File
from .refusals import no_answer, refusal, unreadable
from .retrying import PASSING, pause_after
from .wire import Incoming, Request, Unanswered, rest_of

if TYPE_CHECKING:
    from .session import Session


class SupportsWrite(Protocol):
    """What was opened for bytes."""

    def write(self, piece: bytes, /) -> object: ...


class Transfer:
    """
    One file. A connection that is lost is made again behind the last byte that came, as long as the file is the one that was begun;
    `attempts` of them in a row that bring nothing are the end. Where its tag is its SHA-256, all of it has come when that is so.
    """

    def __init__(self, session: Session, file: File) -> None:
        self.name = _name_of(file)
        self.size = 0
        self._session = session
        self._file = file
        self._tag: str | None = None
        self._digest = sha256()
        self._received = 0
        self._barren = 0
        self._incoming: Incoming | None = None
        self._closed = False
        #: What comes once more, where the answer begins from the start again.
        self._known = 0

    async def begin(self) -> None:
        """Raises what `run` raises; then `size` is known."""
        incoming = await self._opened()
        size = incoming.headers.get("content-length", "")
        if incoming.status != 200 or not size.isdigit() or "content-encoding" in incoming.headers:
            await self._hang_up()
            raise unreadable(Answer(incoming.status, {}, b""), ValueError("It is not a file of a known size."))
        self.size = int(size)
        tag = incoming.headers.get("etag", "")
        # A weak one does not promise the same bytes.
        self._tag = tag if tag.startswith('"') else None
        self.name = self.name or _name_told(incoming)

    async def read(self) -> bytes | None:
        """The next piece; `None` when all of it has come. Raises a `SnapbackError` when the rest does not come."""
        while self._received < self.size:
            if self._closed:
                # To end as if all had come would make half a file of it.
                raise ValueError("The download was closed before all of it had come.")
            try:
                incoming = self._incoming or await self._resumed()
                chunk = await incoming.read()
                if chunk is None:
                    raise NoAnswerError(f"The answer ended after {self._received} of {self.size} bytes.")
            except Unanswered as failure:
                await self._interrupted(no_answer(failure, changes=False))
            except NoAnswerError as error:
                await self._interrupted(error)
            else:
                piece = chunk[self._known :]
                self._known -= len(chunk) - len(piece)
                if piece:
                    return await self._counted(piece)
        await self._hang_up()
        expected = re.fullmatch('"([0-9a-f]{64})"', self._tag or "")
        if expected is not None and self._digest.hexdigest() != expected[1]:
            raise SnapbackError("What came is not the file: its SHA-256 is another one. Download it again.")
        return None

    async def close(self) -> None:
        self._closed = True
        await self._hang_up()

    async def _hang_up(self) -> None:
        if self._incoming is not None:
            incoming, self._incoming = self._incoming, None
            await incoming.close()

    async def _counted(self, piece: bytes) -> bytes:
        self._received += len(piece)
        self._digest.update(piece)
        self._barren = 0
        if self._received > self.size:
            await self._hang_up()
            raise SnapbackError(f"More than the {self.size} bytes came that the file has.")
        return piece

    async def _interrupted(self, error: SnapbackError) -> None:
        """Waits before the next connection; raises when there is none."""
        await self._hang_up()
        self._barren += 1
        pause = pause_after(self._barren, random.random()) if error.retry_after is None else error.retry_after
        passing = error.status is None or error.status in PASSING
        if not passing or self._barren >= self._session.attempts or pause >= self._session.timeout:
            raise error
        await self._session.wire.pause(pause)

    async def _opened(self) -> Incoming:
        """An answer with bytes in it; asks again where that may help."""
        while True:
            try:
                return await self._asked()
            except Unanswered as failure:
                await self._interrupted(no_answer(failure, changes=False))
            except SnapbackError as error:
                await self._interrupted(error)

    async def _asked(self) -> Incoming:
        session = self._session
        # What is compressed on its way has another length, and cannot be taken up in the middle.
        given = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if self._received > 0 and self._tag is not None:
            given.update({"Range": f"bytes={self._received}-", "If-Range": self._tag})
        request = Request("GET", session.base_url + self._file.target, await session.headers(given))
        incoming = await session.wire.open(request, seconds=session.timeout, silence=session.idle)
        self._incoming = incoming
        if incoming.status in (200, 206):
            return incoming
        error = refusal(Answer(incoming.status, incoming.headers, await rest_of(incoming)), changes=False)
        await self._hang_up()
        raise error

    async def _resumed(self) -> Incoming:
        if self._received > 0 and self._tag is None:
            raise SnapbackError("The connection was lost, and the file has no tag by which the download could go on.")
        incoming = await self._opened()
        if incoming.status == 206:
            self._known = 0
            goes_on = self._content_range(incoming) == (self._received, self.size)
        else:
            # Somebody in between takes no notice of ranges. It is the same file, or another one.
            self._known = self._received
            goes_on = self._received == 0 or incoming.headers.get("etag") == self._tag
            goes_on = goes_on and incoming.headers.get("content-length") == str(self.size)
        if not goes_on or "content-encoding" in incoming.headers:
            await self._hang_up()
            raise SnapbackError("The download cannot go on: what comes is not the rest of the file that was begun.")
        return incoming

    @staticmethod
    def _content_range(incoming: Incoming) -> tuple[int, int] | None:
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", incoming.headers.get("content-range", ""))
        return None if found is None else (int(found[1]), int(found[2]))


def _name_told(incoming: Incoming) -> str:
    """The name that the answer has for it."""
    message = Message()
    message["Content-Disposition"] = incoming.headers.get("content-disposition", "")
    return message.get_filename("")


def _name_of(file: File) -> str:
    """The last part of the path; what is not UTF-8 in it is replaced."""
    encoded = file.query.get("pathBase64")
    path = file.query.get("path") or ""
    if encoded is not None:
        path = b64decode(str(encoded)).decode(errors="replace")
    return str(path).rpartition("/")[2]
