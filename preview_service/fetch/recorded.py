"""A folder of recorded exchanges → a `Fetcher` that never leaves the disk, and the other way round.

    {"exchanges": [{"url": …, "status": 200, "headers": {…}, "body": "page.html", "delay_ms": 0}]}

A case is a folder with such an `exchanges.json` and its bodies; the page asked for comes first.
Bodies are kept decoded, so a Content-Encoding header among the recorded ones describes nothing.
Redirects pass the same guard as on the network; names are not looked up.
"""

import asyncio
import mimetypes
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import msgspec

from preview_service.errors import BadFixture, BadURL, NotRecorded, Unreadable
from preview_service.fetch.base import Fetched, Fetcher
from preview_service.fetch.conditional import holds
from preview_service.fetch.guard import Guard
from preview_service.fetch.redirects import RedirectFollower
from preview_service.settings import FetchSettings
from preview_service.urls.normalize import Url, normalize

EXCHANGES = "exchanges.json"

_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")

# What changes with every visit and would make no difference to a preview.
_NOT_RECORDED = frozenset(
    {"age", "content-length", "date", "etag", "expires", "last-modified", "server"}
)


class Exchange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One request's answer; `body` names a file beside `exchanges.json`."""

    url: str
    status: Annotated[int, msgspec.Meta(ge=100, le=999)]
    headers: dict[str, str]
    body: str | None
    delay_ms: Annotated[int, msgspec.Meta(ge=0)] | msgspec.UnsetType = msgspec.UNSET


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an `exchanges.json` holds."""

    exchanges: Annotated[tuple[Exchange, ...], msgspec.Meta(min_length=1)]


class RecordedFetcher(RedirectFollower):
    """The `Fetcher` of tests and `--offline`; what is not recorded has no address."""

    def __init__(self, folder: Path, settings: FetchSettings, guard: Guard) -> None:
        super().__init__(settings, guard)
        self._recordings = _load(folder)

    def check_room(self, url: Url) -> None:
        """There is room for all."""

    @asynccontextmanager
    async def exchange(
        self, url: Url, headers: Mapping[str, str]
    ) -> AsyncIterator["RecordedResponse"]:
        found = self._recordings.get(url.key) or self._recordings.get(normalize(url.key).key)
        if found is None:
            raise NotRecorded("this address is not recorded")
        case, recorded = found
        if recorded.delay_ms:
            await asyncio.sleep(recorded.delay_ms / 1000)
        body = await asyncio.to_thread((case / recorded.body).read_bytes) if recorded.body else b""
        yield RecordedResponse(recorded, body, headers)

    async def close(self) -> None:
        """Nothing is held open."""


class RecordedResponse:
    """A recorded answer to the headers *asked*, its body in one piece.

    Of the body these may choose a part, or none where it is known already; as a server would
    (https://www.rfc-editor.org/rfc/rfc9110#name-range, …#name-conditional-requests).
    """

    def __init__(self, recorded: Exchange, body: bytes, asked: Mapping[str, str]) -> None:
        self._body = body
        self.status = recorded.status
        self.headers = {name.lower(): value for name, value in recorded.headers.items()}
        if self.status != HTTPStatus.OK:
            return
        if holds(asked, self.headers):
            self._body, self.status = b"", HTTPStatus.NOT_MODIFIED
        elif self.headers.get("accept-ranges") != "none":
            self._choose(_part(asked.get("Range", ""), len(body)))

    def _choose(self, part: range) -> None:
        if not part:
            return
        size = len(self._body)
        self._body = self._body[part.start : part.stop]
        self.status = HTTPStatus.PARTIAL_CONTENT
        self.headers["content-length"] = str(len(part))
        self.headers["content-range"] = f"bytes {part.start}-{part.stop - 1}/{size}"

    async def read(self) -> bytes:
        body, self._body = self._body, b""
        return body


def _part(wanted: str, size: int) -> range:
    """The bytes of *size* that a Range header asks for; empty if it asks for no single part."""
    found = _RANGE.fullmatch(wanted)
    if found is None:
        return range(0)
    first, last = found.groups()
    if not first:
        return range(max(0, size - int(last or 0)), size)
    return range(int(first), min(int(last or size) + 1, size))


async def record(url: str, case: Path, fetcher: Fetcher) -> Path:
    """Fetch *url* and write what came as the new folder *case*; return its `exchanges.json`.

    Raise `FetchFailed` rather than record half an answer.
    """
    if (case / EXCHANGES).exists():
        raise BadFixture(f"{case}: is recorded already")
    tape = _Tape()
    asked = normalize(url)
    fetched = await fetcher.fetch(asked.key, tape)
    if fetched.cut:
        raise Unreadable(f"the answer broke off ({fetched.cut})", status=fetched.status)
    return _write(case, asked, fetched, bytes(tape.body))


class _Tape:
    """A sink that keeps everything."""

    def __init__(self) -> None:
        self.body = bytearray()

    def begin(self, url: str, status: int, headers: Mapping[str, str]) -> None:
        pass

    def feed(self, chunk: bytes) -> bool:
        self.body += chunk
        return False


def _write(case: Path, asked: Url, fetched: Fetched, body: bytes) -> Path:
    name = _body_name(fetched.headers.get("content-type", "")) if body else None
    visited = [*(hop.url for hop in fetched.redirects), fetched.url]
    hops = [
        Exchange(url=hop.url, status=hop.status, headers={"location": target}, body=None)
        for hop, target in zip(fetched.redirects, visited[1:], strict=True)
    ]
    kept = {name: text for name, text in fetched.headers.items() if name not in _NOT_RECORDED}
    final = Exchange(url=fetched.url, status=fetched.status, headers=kept, body=name)
    case.mkdir(parents=True, exist_ok=True)
    if name:
        (case / name).write_bytes(body)
    encoded = msgspec.json.encode(Case(exchanges=(*hops, final)))
    (case / EXCHANGES).write_bytes(msgspec.json.format(encoded, indent=2) + b"\n")
    return case / EXCHANGES


def _body_name(content_type: str) -> str:
    media_type = content_type.partition(";")[0].strip().lower()
    return f"body{mimetypes.guess_extension(media_type) or '.bin'}"


def _load(folder: Path) -> dict[str, tuple[Path, Exchange]]:
    """Every exchange under *folder* with its case's folder, by the address it answers."""
    recordings: dict[str, tuple[Path, Exchange]] = {}
    for case in _cases(folder):
        for key, exchange in _by_key(case).items():
            if key in recordings:
                other = recordings[key][0]
                raise BadFixture(f"{exchange.url} is recorded in both {other} and {case}")
            recordings[key] = (case, exchange)
    return recordings


def _by_key(case: Path) -> dict[str, Exchange]:
    """A case's exchanges by key, with and without tracking parameters.

    Some sites redirect to be rid of these; where only the address with them is recorded, it answers
    for the one without, which is what is asked for first.
    """
    found: dict[str, Exchange] = {}
    for exchange in _read_case(case).exchanges:
        key = _key(case, exchange)
        if key in found:
            raise BadFixture(f"{case / EXCHANGES}: {exchange.url} is recorded twice")
        found[key] = exchange
    for key, exchange in tuple(found.items()):
        found.setdefault(normalize(key).key, exchange)
    return found


def _cases(folder: Path) -> Iterator[Path]:
    found = sorted([*folder.glob(EXCHANGES), *folder.glob(f"*/{EXCHANGES}")])
    if not found:
        raise BadFixture(f"{folder}: there is no {EXCHANGES} in it or in its folders")
    return (path.parent for path in found)


def _read_case(case: Path) -> Case:
    try:
        return msgspec.json.decode((case / EXCHANGES).read_bytes(), type=Case)
    except (OSError, msgspec.DecodeError) as error:
        raise BadFixture(f"{case / EXCHANGES}: {error}") from error


def _key(case: Path, exchange: Exchange) -> str:
    """The exchange's key, once its body is known to be a file of its case."""
    if exchange.body is not None:
        body = (case / exchange.body).resolve()
        if body.parent != case.resolve() or not body.is_file():
            raise BadFixture(f"{case / EXCHANGES}: there is no file {exchange.body!r} beside it")
    try:
        return normalize(exchange.url, keep_tracking=True).key
    except BadURL as error:
        raise BadFixture(f"{case / EXCHANGES}: {exchange.url!r}: {error}") from error
