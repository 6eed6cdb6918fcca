"""Host → checked addresses → sockets: the guard at the three places where aiohttp can be stopped.

Literal addresses never reach aiohttp's resolver, so a guarded resolver alone guards nothing. Every
host goes through `_resolve_host`, every socket through `socket_factory`, every byte through the
protocol. Two of these are private (hence the pin in pyproject.toml); `fetch.selftest` proves them.
https://docs.aiohttp.org/en/stable/client_middleware_cookbook.html#server-side-request-forgery-protection
"""

import asyncio
import contextlib
import errno
import functools
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextvars import ContextVar
from typing import Any, Final

from aiohttp import ClientPayloadError, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import AddrInfoType
from aiohttp.tracing import Trace

from preview_service.errors import Blocked, TimedOut
from preview_service.fetch.guard import Guard
from preview_service.settings import FetchSettings

# A site's page and picture follow each other within seconds; every use is checked again.
DNS_CACHE_S = 30
# More addresses than these are tried by nobody within the deadline.
MAX_ADDRESSES = 8
# Look-ups at once, those that nobody waits for any more among them: names whose servers are silent
# keep their threads for as long as resolv.conf(5) has the system try, 10 s for each server.
DNS_THREADS = 256
# Head, chunk framing and 1xx answers come on top of a body that grows when it is compressed badly.
WIRE_SLACK_BYTES = 64 * 1024

IS_PICTURE: Final = ContextVar("IS_PICTURE", default=False)
"""Whether connections opened from here on are for a picture, which may be longer than a page."""


class SocketRefused(OSError):
    """A socket to a forbidden address. An OSError: aiohttp mishandles any other kind here."""


class WireBudgetSpent(ClientPayloadError):
    """More bytes on the wire than any page or picture within its limit needs."""


class SystemResolver(AbstractResolver):
    """getaddrinfo, each look-up in a thread of its own.

    In the loop's executor slow DNS would starve everything else. And a thread in getaddrinfo cannot
    be stopped: an executor's would keep the interpreter from ending, a daemon does not.
    """

    def __init__(self, settings: FetchSettings) -> None:
        self._timeout_s = settings.dns_timeout_s
        # A name with a final dot is not tried under the machine's search domains, where it could
        # become an internal one. An opened intranet may live by its search domains.
        self._is_absolute = not settings.allow_networks
        self._free_threads = asyncio.Semaphore(DNS_THREADS)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        name = f"{host.removesuffix('.')}." if self._is_absolute else host
        look_up = functools.partial(
            socket.getaddrinfo,
            *(name, port, family, socket.SOCK_STREAM),
            flags=socket.AI_ADDRCONFIG,
        )
        try:
            async with asyncio.timeout(self._timeout_s):
                found = await self._in_thread(look_up)
        except TimeoutError as error:
            raise TimedOut("looking up the host's address took too long") from error
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        """Nothing is held open; threads end with their look-ups."""

    async def _in_thread(self, look_up: Callable[[], list[Any]]) -> list[Any]:
        loop = asyncio.get_running_loop()
        answer: Future[list[Any]] = Future()
        # From here on who waits can give up, but the look-up itself is not cancelled.
        answer.set_running_or_notify_cancel()

        def run() -> None:
            try:
                answer.set_result(look_up())
            except Exception as error:
                answer.set_exception(error)
            with contextlib.suppress(RuntimeError):  # The loop may have ended before.
                loop.call_soon_threadsafe(self._free_threads.release)

        await self._free_threads.acquire()
        try:
            threading.Thread(target=run, name="dns", daemon=True).start()
        except RuntimeError:  # The system has no thread left for us.
            self._free_threads.release()
            raise
        return await asyncio.wrap_future(answer)


class GuardedConnector(TCPConnector):
    """Opens connections to allowed addresses only, and to those that were checked.

    `sockets_opened` counts the sockets handed out, for tests and the self-test.
    """

    def __init__(
        self, settings: FetchSettings, guard: Guard, *, resolver: AbstractResolver
    ) -> None:
        super().__init__(
            # Named, or aiohttp would take another resolver as soon as aiodns is installed.
            resolver=resolver,
            ttl_dns_cache=DNS_CACHE_S,
            socket_factory=self._open_socket,
            # Who may go out and when is `politeness.Gate`'s to say.
            limit=0,
            # A response owns its connection: nothing left over from one can be read as the next,
            # and a budget counts one response. Early stops close most connections anyway.
            force_close=True,
        )
        self._guard = guard
        self.sockets_opened = 0
        self._page_bytes = 2 * settings.max_page_bytes + WIRE_SLACK_BYTES
        self._picture_bytes = settings.max_picture_bytes + WIRE_SLACK_BYTES
        self._factory = functools.partial(self._budgeted_handler)

    async def _resolve_host(
        self, host: str, port: int, traces: Sequence[Trace] | None = None
    ) -> list[ResolveResult]:
        """Literals, fresh answers and cached ones: all or none of them pass."""
        found = await super()._resolve_host(host, port, traces)
        self._guard.check_answers([answer["host"] for answer in found])
        used = found[:MAX_ADDRESSES]
        for address in (answer["host"] for answer in used):
            if is_own_address(address) and not self._guard.opens(address):
                raise Blocked("the URL's host is this machine")
        return used

    def _open_socket(self, info: AddrInfoType) -> socket.socket:
        """The last gate: sees the very address that is connected to."""
        family, kind, protocol, _, address = info
        if not self._guard.allows_address(str(address[0])):
            raise SocketRefused(errno.EACCES, "the guard refuses this address")
        self.sockets_opened += 1
        return socket.socket(family, kind, protocol)

    def _budgeted_handler(self) -> ResponseHandler:
        # Nothing else of a request is known to what opens its connection.
        budget_bytes = self._picture_bytes if IS_PICTURE.get() else self._page_bytes
        return _BudgetedHandler(loop=self._loop, budget_bytes=budget_bytes)


class _BudgetedHandler(ResponseHandler):
    """Ends a connection that sends without end: bytes that never become body are counted too.

    And ends it at once: a TLS transport that is closed politely waits for the other side's goodbye,
    and uvloop's goes on reading until then, however much is sent.
    """

    def __init__(self, *, loop: asyncio.AbstractEventLoop, budget_bytes: int) -> None:
        super().__init__(loop=loop)
        self._bytes_left = budget_bytes

    def close(self) -> None:
        self.abort()

    def data_received(self, data: bytes) -> None:
        self._bytes_left -= len(data)
        if self._bytes_left >= 0:
            super().data_received(data)
        else:
            self.set_exception(WireBudgetSpent("wire budget spent"))
            if self.transport is not None:
                self.transport.abort()
        # aiohttp 3.14 does not tell a body that its framing is broken; it would be waited for until
        # the deadline.
        body, error = self._payload, self.exception()
        if error is not None and body is not None and not body.is_eof():
            body.set_exception(error)


def is_own_address(address: str) -> bool:
    """Whether *address* belongs to this machine, which a firewall would not see being asked.

    Connecting a datagram socket sends nothing, but the kernel chooses the source address: towards
    one of the machine's own addresses that is the address itself.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 9))
            return str(probe.getsockname()[0]) == address
    except OSError:
        return False
