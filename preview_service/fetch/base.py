"""What a fetch is: an address and a sink in, `Fetched` out, the body streamed into the sink."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Protocol

import msgspec

from preview_service.outcome import Hop, Origin
from preview_service.urls.normalize import Url

NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


class Sink(Protocol):
    """Takes the final response as it arrives, and says when it has seen enough."""

    def begin(self, url: str, status: int, headers: Mapping[str, str]) -> None:
        """Judge the response before its body is read; raise `FetchFailed` to decline it.

        *headers* has lower-case names. `content-length` is there only where it counts the bytes
        that will be fed.
        """

    def feed(self, chunk: bytes) -> bool:
        """Take decoded body bytes; True means that no more are wanted."""


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """One answered request: where the redirects ended and what was read there.

    `headers` has lower-case names. `bytes` counts decoded body bytes handed to the sink, `ms` from
    the start to the last of them. `cut` names the failure that ended the body early, if one did
    (a value of `model.Reason`): what came before it was still fed.
    """

    url: str
    status: int
    headers: dict[str, str]
    redirects: tuple[Hop, ...] = ()
    bytes: int = 0
    ms: int = 0
    cut: str | None = None


class Fetcher(Protocol):
    """The one way for bytes from outside to come in."""

    def check_room(self, url: Url) -> None:
        """Raise `Overloaded` where a request for *url* would not even be let wait.

        In a flood most are turned away, and then nothing else should be done for them.
        """

    async def fetch(
        self,
        url: str,
        sink: Sink,
        headers: Mapping[str, str] = NO_HEADERS,
        known: Origin | None = None,
        *,
        is_picture: bool = False,
    ) -> Fetched:
        """Follow *url*, a WHATWG-serialised address, to its end; raise `FetchFailed`.

        *headers* are sent at every hop instead of the usual ones: never a secret. A hop that is
        the very address of the *known* page is asked whether that has changed; `NotModified` is
        raised if it has not, and the sink has seen nothing. A picture that a page shows has bounds
        of its own, and is there to be had: it does nothing to whoever asks.
        """

    async def close(self) -> None:
        """Let go of connections."""
