"""A picture's address → copies of it for channels, made in a worker and kept by their content.

All copies come of one decoding. The picture itself is not kept, only where it was: a copy that was
forgotten is made again while the same picture is still there.
"""

from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import Final

import msgspec
from cachetools import LRUCache

from preview_service.cache.store import Store, decoded
from preview_service.channels.base import PictureRules
from preview_service.errors import Unreadable
from preview_service.fetch.base import Fetched, Sink
from preview_service.images.base import Facts
from preview_service.images.reader import PICTURE_HEADERS, WholeReader
from preview_service.images.signing import content_id
from preview_service.images.spec import MADE_TYPES, Spec
from preview_service.images.thumbnail import MAX_SPECS, WORKER_TIMEOUT_S, Made, make, make_all
from preview_service.outcome import Picture, Thumbnail
from preview_service.workers import Workers

KEPT_S: Final = 30 * 24 * 3600.0
"""Messages are looked at again for weeks; the store forgets earlier what it has no room for."""

KNOWN_S: Final = 3600.0
"""What stands at an address may be another picture the next day, or when a caller wants it anew."""

MAX_PLACES: Final = 4096
"""Pictures whose address is known for longer than there is room for their copies."""

USUAL_SIDE: Final = 1200
"""Pixels, where a channel sets no bound: https://developers.facebook.com/docs/sharing/webmasters/images/"""

USUAL_BYTES: Final = 600_000
"""What WhatsApp asks for, the least of what channels take as an address:
https://developers.facebook.com/documentation/business-messaging/whatsapp/link-previews/"""

GENERIC: Final = Spec(("image/webp", "image/jpeg"), 1200, 630, USUAL_BYTES)
"""What `preview.image.url` leads to: WebP for those who accept it, JPEG for others."""

# JPEG everywhere it is taken: it is the smallest of what all can show.
_PREFERRED: Final = ("image/jpeg", "image/png", "image/webp")

Fetch = Callable[[str, Sink, Mapping[str, str]], Awaitable[Fetched]]


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """What a picture is, and its copies; `bytes` of the picture itself."""

    facts: Facts
    bytes: int
    picture: Picture
    placeholder: str
    color: str
    is_blank: bool


class Whereabouts(msgspec.Struct, frozen=True, kw_only=True):
    """Where the picture of a name was."""

    address: str


_decode_copied: Final = msgspec.msgpack.Decoder(Copied).decode
_decode_whereabouts: Final = msgspec.msgpack.Decoder(Whereabouts).decode


def spec_of(rules: PictureRules) -> Spec | None:
    """The copy to make for a message that takes what *rules* say; None if it takes none of ours."""
    taken = rules.media_types & MADE_TYPES
    if not taken:
        return None
    width, height = rules.ideal or (USUAL_SIDE, USUAL_SIDE)
    return Spec(
        GENERIC.media_types
        if taken.issuperset(GENERIC.media_types)
        else (next(each for each in _PREFERRED if each in taken),),
        min(width, rules.max_width or width),
        min(height, rules.max_height or height),
        min(USUAL_BYTES, rules.max_bytes or USUAL_BYTES),
        rules.crop,
    )


def variants(spec: Spec) -> tuple[Spec, ...]:
    """*spec* with each of its media types alone, as copies are kept."""
    return tuple(msgspec.structs.replace(spec, media_types=(each,)) for each in spec.media_types)


class Copier:
    """Makes the copies that *specs* ask for, whichever picture it is given."""

    def __init__(
        self,
        *,
        workers: Workers,
        store: Store,
        specs: tuple[Spec, ...],
        max_bytes: int,
    ) -> None:
        self._workers = workers
        self._store = store
        every = dict.fromkeys(each for spec in specs for each in variants(spec))
        self._specs = tuple(every)[:MAX_SPECS]
        self._max_bytes = max_bytes
        self._places: LRUCache[str, str] = LRUCache(MAX_PLACES)

    async def copy(self, address: str, fetch: Fetch) -> Copied:
        """The picture at *address*, its copies kept; raise `NotAPicture` or what *fetch* raises.

        Raise `WorkerFailed` if the work came to no end.
        """
        facts, data = await self._whole(address, fetch)
        result = await self._workers.run(make_all, data, self._specs, timeout_s=WORKER_TIMEOUT_S)
        content = content_id(data)
        for spec, made in zip(self._specs, result.made, strict=True):
            await self._keep(_copy(content, spec), made.data)
        # Behind them, for what came first is forgotten first.
        await self.remember(content, address)
        copied = Copied(
            facts=facts,
            bytes=len(data),
            picture=Picture(
                content=content,
                thumbnails=tuple(map(_thumbnail, self._specs, result.made)),
            ),
            placeholder=result.placeholder,
            color=result.color,
            is_blank=result.is_blank,
        )
        await self._store.set(_by_address(address), msgspec.msgpack.encode(copied), KNOWN_S)
        return copied

    async def remember(self, content: str, address: str) -> None:
        """Have it known where the picture named *content* was, for `again`."""
        self._places[content] = address
        if await self._store.get(_whereabouts(content)) is None:
            known = Whereabouts(address=address)
            await self._keep(_whereabouts(content), msgspec.msgpack.encode(known))

    async def known(self, address: str) -> Copied | None:
        """What was made of the picture at *address* a short while ago, if it is still known."""
        kept = await self._store.get(_by_address(address))
        return None if kept is None else decoded(kept, _decode_copied)

    async def data(self, content: str, spec: Spec) -> bytes | None:
        """The copy that *spec*, of one media type, asks for, if it is still kept."""
        return await self._store.get(_copy(content, spec))

    async def again(self, content: str, spec: Spec, fetch: Fetch) -> bytes | None:
        """The same copy made anew; None if nobody knows where the picture was, or it is another."""
        address = await self._place(content)
        if address is None:
            return None
        _, data = await self._whole(address, fetch)
        if content_id(data) != content:
            return None
        made: Made = await self._workers.run(make, data, spec, timeout_s=WORKER_TIMEOUT_S)
        await self._keep(_copy(content, spec), made.data)
        return made.data

    async def close(self) -> None:
        await self._workers.close()

    async def _place(self, content: str) -> str | None:
        if content in self._places:
            return self._places[content]
        kept = await self._store.get(_whereabouts(content))
        known = None if kept is None else decoded(kept, _decode_whereabouts)
        return None if known is None else known.address

    async def _whole(self, address: str, fetch: Fetch) -> tuple[Facts, bytes]:
        reader = WholeReader(self._max_bytes)
        fetched = await fetch(address, reader, PICTURE_HEADERS)
        if fetched.cut is not None:
            raise Unreadable("the picture broke off")
        return reader.close()

    async def _keep(self, key: str, value: bytes) -> None:
        await self._store.set(key, value, KEPT_S)


def _thumbnail(spec: Spec, made: Made) -> Thumbnail:
    return Thumbnail(
        spec=spec.text,
        media_type=made.media_type,
        width=made.width,
        height=made.height,
        bytes=len(made.data),
    )


def _copy(content: str, spec: Spec) -> str:
    return f"{content}.{spec.text}"


def _whereabouts(content: str) -> str:
    return f"{content}@"


def _by_address(address: str) -> str:
    return f"@{sha256(address.encode()).hexdigest()}"
