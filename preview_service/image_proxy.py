"""A picture that this service found → what a channel is given of it, and what its address answers.

An address is a signed name of the picture's content and of the copy wanted: nobody can have another
picture fetched or made by it, and what it leads to never changes. Customers' devices and apps never
ask the site itself where there is such an address.
"""

import asyncio
import re
import time
from base64 import b64encode
from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import partial
from typing import Any, Final, TypeVar

import msgspec
from cachetools import TTLCache

from preview_service.channels.base import Channel, PictureRules
from preview_service.copies import GENERIC, Copied, Copier, spec_of, variants
from preview_service.errors import BadToken, FetchFailed, NotAPicture, Overloaded
from preview_service.fetch.base import Fetched, Fetcher, Sink
from preview_service.images.signing import Signer, Ticket
from preview_service.images.spec import Spec
from preview_service.model import FitAction, Image, Preview
from preview_service.outcome import Outcome, Picture, Thumbnail
from preview_service.workers import OUR_FAILURES, WorkerFailed

SUFFIXES: Final[Mapping[str, str]] = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
}
"""Some apps know a picture by the end of its address alone."""

NO_COPY: Final = FitAction(field="image", action="dropped", because="no_copy")
"""There is no copy of the picture yet, or none that the message takes."""

FAILED_S: Final = 60.0
MAX_FAILED: Final = 1000
"""For so long, and of so many pictures, it is remembered that they were not to be had."""

T = TypeVar("T")

_WEBP: Final = "image/webp"
# A weight of nothing refuses it: https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2
_NAMES_WEBP: Final = re.compile(r"image/webp(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", re.IGNORECASE)


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """A copy as an address answers it; `is_negotiated` if others might have got another type."""

    data: bytes
    media_type: str
    etag: str
    is_negotiated: bool


class Addresses:
    """The addresses of copies at *public_url*, as *signer* signs them."""

    def __init__(self, public_url: str, signer: Signer) -> None:
        self._public_url = public_url
        self._signer = signer

    def of(self, content: str, spec: Spec) -> str:
        """Where the copy that *spec* wants of the picture is to be had."""
        return f"{self._public_url}/images/{self._signer.sign(content, spec)}{_suffix(spec)}"

    def read(self, token: str, *, now: float) -> Ticket:
        """What the end of an address stands for; raise `BadToken`."""
        bare, suffix = _parted(token)
        ticket = self._signer.read(bare, now=now)
        if suffix != _suffix(ticket.spec):
            raise BadToken("malformed")
        return ticket


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What messages may carry of one outcome's picture.

    `inline` are copies in base64, by the text of their spec. `is_complete` is false where a message
    would hold another picture if there had been more time.
    """

    picture: Picture | None = None
    inline: Mapping[str, str] = {}
    addresses: Addresses | None = None
    is_complete: bool = True

    def of(self, image: Image, rules: PictureRules) -> tuple[Image | None, tuple[FitAction, ...]]:
        """*image* as a message under *rules* may have it, and what was done to it.

        Where there are addresses of ours, no customer's device is sent to the site's own.
        """
        found = self._thumbnail(spec_of(rules))
        if found is None:
            is_private = self.addresses is not None and not rules.is_inline
            return (None, (NO_COPY,)) if is_private else (image, ())
        spec, thumbnail = found
        if rules.is_inline:
            data = self.inline.get(spec.text)
            url = None if data is None else f"data:{thumbnail.media_type};base64,{data}"
        else:
            url = self._address(spec)
        return (
            (image, ())
            if url is None
            else (_as(image, thumbnail, url), _acts(image, thumbnail, spec))
        )

    def public(self, preview: Preview) -> Preview:
        """*preview* with the address that anybody may show its picture by."""
        found = self._thumbnail(GENERIC)
        url = self._address(GENERIC)
        if preview.image is None or found is None or url is None:
            return preview
        return msgspec.structs.replace(preview, image=_as(preview.image, found[1], url))

    def _thumbnail(self, spec: Spec | None) -> tuple[Spec, Thumbnail] | None:
        if spec is None or self.picture is None:
            return None
        # Of several types the one that everybody takes comes last.
        kept = variants(spec)[-1].text
        made = (each for each in self.picture.thumbnails if each.spec == kept)
        return next(((spec, each) for each in made), None)

    def _address(self, spec: Spec) -> str | None:
        if self.addresses is None or self.picture is None:
            return None
        return self.addresses.of(self.picture.content, spec)


NO_OFFER: Final = Offer()


class ImageProxy:
    """Gives out addresses and copies; without *addresses* only copies inside of messages."""

    def __init__(
        self,
        *,
        fetcher: Fetcher,
        copier: Copier,
        addresses: Addresses | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._fetcher = fetcher
        self._copier = copier
        self._addresses = addresses
        self._clock = clock
        self._making: dict[str, asyncio.Task[Any]] = {}
        self._failed: TTLCache[str, Callable[[], Exception]] = TTLCache(MAX_FAILED, FAILED_S)

    async def offer(self, outcome: Outcome, channels: Iterable[Channel], *, wait_s: float) -> Offer:
        """What *channels* may be given of the picture of *outcome*, within *wait_s*."""
        preview = outcome.preview
        none = Offer(addresses=self._addresses)
        if preview is None or preview.image is None or outcome.reason is not None:
            return none
        specs = inline_specs(channels)
        picture = outcome.picture
        try:
            async with asyncio.timeout(wait_s):
                if picture is None and specs:
                    picture = await self._picture(preview.image.source_url)
                if picture is None:
                    return none
                if self._addresses is not None:
                    # Previews outlive the pictures, which take much more room.
                    await self._copier.remember(picture.content, preview.image.source_url)
                inline = {spec.text: await self._inline(picture, spec) for spec in specs}
        except NotAPicture:
            return none
        except (FetchFailed, WorkerFailed, TimeoutError):
            # Another time there may be one.
            return Offer(picture=picture, addresses=self._addresses, is_complete=False)
        return Offer(
            picture=picture,
            inline={text: data for text, data in inline.items() if data is not None},
            addresses=self._addresses,
        )

    async def serve(self, token: str, accept: str) -> Served | None:
        """The copy that *token* stands for, in a type that *accept* takes; None: it is no more.

        Raise `BadToken`, before anything else is done, and what goes wrong when it is made again.
        """
        if self._addresses is None:
            raise BadToken("forged")
        ticket = self._addresses.read(token, now=self._clock())
        spec = _accepted(ticket.spec, accept)
        data = await self._data(ticket.content, spec)
        if data is None:
            return None
        return Served(
            data=data,
            media_type=spec.media_types[0],
            etag=f'"{ticket.content}.{spec.text}"',
            is_negotiated=spec != ticket.spec,
        )

    async def close(self) -> None:
        """Give up what is being made, and end the workers."""
        making = list(self._making.values())
        for task in making:
            task.cancel()
        await asyncio.gather(*making, return_exceptions=True)
        await self._copier.close()

    async def _picture(self, address: str) -> Picture:
        """The picture at *address* with its copies; raise `NotAPicture` if it shows nothing."""
        failed = self._failed.get(address)
        if failed is not None:
            raise failed()
        copied = await self._copier.known(address)
        if copied is None:
            copied = await self._once(f"@{address}", self._copied(address))
        if copied.is_blank:
            raise NotAPicture("blank")
        return copied.picture

    async def _copied(self, address: str) -> Copied:
        """Copies of what is at *address*; that there are none is remembered for a while.

        Or each caller would wait for a site that is silent, though the preview itself is kept.
        """
        try:
            return await self._copier.copy(address, self._fetch)
        except NotAPicture as error:
            self._failed[address] = partial(NotAPicture, error.reason)
            raise
        except Overloaded:
            raise
        except FetchFailed as error:
            self._failed[address] = partial(type(error), str(error))
            raise
        except WorkerFailed as error:
            if error.reason not in OUR_FAILURES:
                self._failed[address] = partial(WorkerFailed, error.reason, error.detail)
            raise

    async def _inline(self, picture: Picture, spec: Spec) -> str | None:
        data = await self._data(picture.content, spec)
        return None if data is None else b64encode(data).decode("ascii")

    async def _data(self, content: str, spec: Spec) -> bytes | None:
        data = await self._copier.data(content, spec)
        if data is not None:
            return data
        again = self._copier.again(content, spec, self._fetch)
        return await self._once(f"{content}.{spec.text}", again)

    async def _once(self, key: str, work: Coroutine[Any, Any, T]) -> T:
        """What *work* comes to, done once for all who want it at the same time."""
        task = self._making.get(key)
        if task is None:
            task = self._making[key] = asyncio.create_task(work)
            task.add_done_callback(lambda _: self._making.pop(key, None))
        else:
            work.close()
        result: T = await asyncio.shield(task)
        return result

    async def _fetch(self, address: str, sink: Sink, headers: Mapping[str, str]) -> Fetched:
        return await self._fetcher.fetch(address, sink, headers, is_picture=True)


def inline_specs(channels: Iterable[Channel]) -> tuple[Spec, ...]:
    """The copies that messages of *channels* hold inside them."""
    rules = (method.picture for channel in channels for method in channel.methods)
    specs = (spec_of(each) for each in rules if each is not None and each.is_inline)
    return tuple(dict.fromkeys(spec for spec in specs if spec is not None))


def _as(image: Image, thumbnail: Thumbnail, url: str) -> Image:
    return msgspec.structs.replace(
        image,
        url=url,
        width=thumbnail.width,
        height=thumbnail.height,
        media_type=thumbnail.media_type,
        bytes=thumbnail.bytes,
    )


def _acts(image: Image, thumbnail: Thumbnail, spec: Spec) -> tuple[FitAction, ...]:
    """What became of the picture on its way."""
    acts = []
    sides = (
        ("pixels_wide", image.width, spec.max_width),
        ("pixels_high", image.height, spec.max_height),
    )
    over = [(was / most, unit, was, most) for unit, was, most in sides if was and was > most]
    if over:
        # The side that had to give way more: the other one went with it.
        _, unit, was, most = max(over)
        acts.append(FitAction(field="image", action="resized", limit=most, unit=unit, was=was))
    if image.media_type and image.media_type != thumbnail.media_type:
        acts.append(FitAction(field="image", action="transcoded", because="media_type"))
    return tuple(acts)


def _suffix(spec: Spec) -> str:
    return SUFFIXES[spec.media_types[0]] if len(spec.media_types) == 1 else ""


def _parted(token: str) -> tuple[str, str]:
    """*token* without the ending that names its type, and the ending."""
    ending = next((each for each in SUFFIXES.values() if token.endswith(each)), "")
    return token.removesuffix(ending), ending


def _accepted(spec: Spec, accept: str) -> Spec:
    """*spec* with one of its types: WebP for who names it, else the one that everybody takes."""
    kinds = variants(spec)
    # Who merely takes everything may not have heard of it.
    wanted = _WEBP if _NAMES_WEBP.search(accept) else ""
    return next((each for each in kinds if each.media_types[0] == wanted), kinds[-1])
