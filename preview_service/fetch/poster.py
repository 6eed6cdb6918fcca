"""Bytes and an address that an operator named → one POST, through the same gates as a fetch.

The address is not a stranger's, but the names in it may come to stand for another machine: public
addresses only, unless the operator says that this one is inside. No redirect is followed, and of an
answer only its head is read.
"""

import time
from collections.abc import Callable, Mapping
from typing import Final

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver
from yarl import URL

from preview_service.errors import FetchFailed
from preview_service.fetch.client import failure, open_session
from preview_service.fetch.guard import Guard
from preview_service.fetch.resolver import GuardedConnector, SystemResolver
from preview_service.page.waits import retry_after_s
from preview_service.settings import FetchSettings
from preview_service.urls.normalize import Url

# Where machines of one's own are. Not link-local: what is there is the cloud's own, or a printer.
PRIVATE_NETWORKS: Final = (
    *("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
    *("::1/128", "fc00::/7"),
)


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """The head of the answer: its status, and the seconds it asks to be left alone for."""

    status: int
    retry_after_s: float | None = None


class Poster:
    """Posts over two guarded connectors, one for what is public and one for what is inside."""

    def __init__(
        self,
        settings: FetchSettings,
        *,
        resolver: AbstractResolver | None = None,
        unix: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._resolver = resolver
        self._unix = unix
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def post(
        self,
        url: Url,
        body: bytes,
        headers: Mapping[str, str],
        *,
        allow_private: bool = False,
        timeout_s: float,
    ) -> Posted:
        """Post *body* within *timeout_s*; raise `FetchFailed` if no answer came."""
        try:
            answer = await self._session(allow_private).post(
                URL(url.key, encoded=True),
                data=body,
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    total=timeout_s, sock_connect=self._settings.connect_timeout_s
                ),
            )
        except FetchFailed:
            raise
        except Exception as error:
            raise failure(error) from error
        # What it says beyond is nothing to us.
        answer.close()
        wanted = answer.headers.get("Retry-After")
        return Posted(
            status=answer.status,
            retry_after_s=retry_after_s({"retry-after": wanted}, self._unix()) if wanted else None,
        )

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()
        if self._resolver is not None:
            await self._resolver.close()

    def _session(self, allow_private: bool) -> aiohttp.ClientSession:
        """Made at the first use, inside the loop that it belongs to."""
        if allow_private not in self._sessions:
            networks = PRIVATE_NETWORKS if allow_private else ()
            settings = msgspec.structs.replace(self._settings, allow_networks=networks)
            resolver = self._resolver or SystemResolver(settings)
            connector = GuardedConnector(settings, Guard(settings), resolver=resolver)
            self._sessions[allow_private] = open_session(settings, connector, {})
        return self._sessions[allow_private]
