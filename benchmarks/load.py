"""A bounded HTTP load generator: raw keep-alive connections, one request in flight on each."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Final, cast

import uvloop

CONTENT_LENGTH: Final = b"content-length: "


class Connection(asyncio.Protocol):
    """Asks again as soon as the whole answer is in, until told to stop."""

    def __init__(self, requests: Iterator[bytes], ends_at: float, times: list[float]) -> None:
        self.requests = requests
        self.ends_at = ends_at
        self.times = times
        self.finished = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.ask()

    def ask(self) -> None:
        self.buffer = b""
        self.asked = time.perf_counter()
        self.transport.write(next(self.requests))

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self.finished.set_exception(RuntimeError(head.decode()))
            self.transport.close()
            return
        lowered = head.lower()
        at = lowered.index(CONTENT_LENGTH) + len(CONTENT_LENGTH)
        if len(body) < int(lowered[at:].partition(b"\r\n")[0]):
            return
        now = time.perf_counter()
        self.times.append(now - self.asked)
        if now < self.ends_at:
            self.ask()
        else:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.finished.done():
            self.finished.set_result(None)


def run(
    host: str, port: int, path: str | Sequence[str], *, connections: int, seconds: float
) -> list[float]:
    """Seconds each answer took, over *connections* for *seconds*; of several paths one by one."""
    paths = [path] if isinstance(path, str) else path

    async def drive() -> list[float]:
        requests = cycle(
            f"GET {each} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode() for each in paths
        )
        times: list[float] = []
        loop = asyncio.get_running_loop()
        ends_at = time.perf_counter() + seconds
        opened = [
            await loop.create_connection(lambda: Connection(requests, ends_at, times), host, port)
            for _ in range(connections)
        ]
        async with asyncio.timeout(2 * seconds + 5):
            await asyncio.gather(*(protocol.finished for _, protocol in opened))
        return times

    return uvloop.run(drive())
