"""What channels are given of a picture, and what its address answers."""

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from preview_service.cache.memory import MemoryStore
from preview_service.cache.store import MAX_PICTURE_BYTES
from preview_service.channels import CHANNELS, channel
from preview_service.channels.base import PictureRules
from preview_service.copies import GENERIC, Copier, spec_of
from preview_service.errors import BadToken, ConnectFailed, FetchFailed
from preview_service.fetch.base import NO_HEADERS, Fetched, Sink
from preview_service.image_proxy import Addresses, ImageProxy
from preview_service.images.signing import Signer
from preview_service.images.thumbnail import PRELOAD
from preview_service.model import Image, Preview, Reason
from preview_service.outcome import Outcome, Status
from preview_service.renderer import render
from preview_service.workers import Workers

PHOTO = (
    Path(__file__).parents[1] / "fixtures/pages/picture-portrait-12-mp/portrait.jpg"
).read_bytes()
ADDRESS = "https://tours.example/photos/ridge.jpg"
PAGE = "https://tours.example/ridge"
PUBLIC = "https://previews.example"
APPLE = channel("enhanced_apple")
LINE = channel("enhanced_line")
JPEG_PNG = PictureRules(media_types=frozenset({"image/jpeg", "image/png"}), max_width=1024)


class Site:
    """One picture, or none."""

    def __init__(self) -> None:
        self.picture: bytes | FetchFailed = PHOTO
        self.asked: list[Mapping[str, str]] = []
        self.open = asyncio.Event()
        self.open.set()

    async def fetch(
        self,
        url: str,
        sink: Sink,
        headers: Mapping[str, str] = NO_HEADERS,
        known: object = None,
        *,
        is_picture: bool = False,
    ) -> Fetched:
        assert is_picture
        self.asked.append(headers)
        await self.open.wait()
        if isinstance(self.picture, FetchFailed):
            raise self.picture
        sink.begin(url, 200, {"content-length": str(len(self.picture))})
        sink.feed(self.picture)
        return Fetched(url=url, status=200, headers={})

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
async def copier() -> AsyncIterator[Copier]:
    workers = Workers(count=1, preload=PRELOAD)
    rules = [method.picture for each in (APPLE, LINE) for method in each.methods]
    specs = tuple(spec for each in rules if each and (spec := spec_of(each)))
    made = Copier(
        workers=workers,
        store=MemoryStore(64 * 1024 * 1024, max_entry_bytes=MAX_PICTURE_BYTES),
        specs=(GENERIC, *specs),
        max_bytes=5_000_000,
    )
    yield made
    await made.close()


def proxy(site: Site, copier: Copier, *, is_public: bool = True) -> ImageProxy:
    addresses = Addresses(PUBLIC, Signer("0123456789abcdef")) if is_public else None
    return ImageProxy(fetcher=site, copier=copier, addresses=addresses, clock=lambda: 0.0)


async def outcome(site: Site, copier: Copier, *, is_copied: bool = True) -> Outcome:
    async def fetch(url: str, sink: Sink, headers: Mapping[str, str]) -> Fetched:
        return await site.fetch(url, sink, headers, is_picture=True)

    copied = await copier.copy(ADDRESS, fetch) if is_copied else None
    image = Image(url=ADDRESS, source_url=ADDRESS, width=3000, height=4000, media_type="image/jpeg")
    preview = Preview(url=PAGE, host="tours.example", title="Along the ridge", image=image)
    return Outcome(
        status=Status.COMPLETE, preview=preview, picture=copied.picture if copied else None
    )


async def test_a_message_gets_an_address_of_ours(site: Site, copier: Copier) -> None:
    found = await outcome(site, copier)
    offer = await proxy(site, copier).offer(found, [LINE], wait_s=1)
    rendered = render(found, PAGE, LINE, pictures=offer)
    hero = rendered.message["contents"]["hero"]
    assert hero["url"].startswith(f"{PUBLIC}/images/")
    assert hero["url"].endswith(".jpg")
    assert hero["aspectRatio"] == "768:1024"
    act = rendered.fit[0]
    assert (act.action, act.limit, act.unit, act.was) == ("resized", 1024, "pixels_high", 4000)
    assert "tours.example/photos" not in str(rendered.message)


async def test_what_everybody_may_show_is_an_address_of_ours(site: Site, copier: Copier) -> None:
    found = await outcome(site, copier)
    offer = await proxy(site, copier).offer(found, [LINE], wait_s=1)
    assert found.preview
    image = offer.public(found.preview).image
    assert image
    assert image.url.startswith(f"{PUBLIC}/images/")
    assert (image.source_url, image.width, image.height) == (ADDRESS, 473, 630)


async def test_apple_gets_the_picture_itself(site: Site, copier: Copier) -> None:
    """Without a public address too: it travels inside the message."""
    found = await outcome(site, copier, is_copied=False)
    offer = await proxy(site, copier, is_public=False).offer(found, [APPLE], wait_s=10)
    assert offer.is_complete
    rendered = render(found, PAGE, APPLE, pictures=offer)
    data = base64.b64decode(rendered.message["richLinkData"]["assets"]["image"]["data"])
    assert data.startswith(b"\x89PNG")
    assert len(data) <= 200_000
    assert len(site.asked) == 1


async def test_without_a_public_address_others_get_what_the_page_has(
    site: Site, copier: Copier
) -> None:
    found = await outcome(site, copier, is_copied=False)
    offer = await proxy(site, copier, is_public=False).offer(found, [LINE], wait_s=10)
    assert found.preview
    assert offer.public(found.preview) == found.preview
    assert found.preview.image
    assert offer.of(found.preview.image, JPEG_PNG) == (found.preview.image, ())
    assert site.asked == []


async def test_no_message_leads_to_the_site_itself(site: Site, copier: Copier) -> None:
    """A card without its picture, for who shows it would tell the site who reads it."""
    found = await outcome(site, copier, is_copied=False)
    offer = await proxy(site, copier).offer(found, [LINE], wait_s=0)
    for each in CHANNELS.values():
        rendered = render(found, PAGE, each, pictures=offer)
        assert ADDRESS not in str(rendered.message)
    rendered = render(found, PAGE, channel("teams"), pictures=offer)
    assert {"no_copy"} == {act.because for act in rendered.fit if act.field == "image"}


@pytest.mark.parametrize("late", [True, False], ids=["late", "failed"])
async def test_a_picture_that_does_not_come_is_for_another_time(
    site: Site, copier: Copier, late: bool
) -> None:
    if late:
        site.open.clear()
    else:
        site.picture = ConnectFailed("refused")
    found = await outcome(site, copier, is_copied=False)
    offer = await proxy(site, copier).offer(found, [APPLE], wait_s=0 if late else 10)
    assert not offer.is_complete
    assert render(found, PAGE, APPLE, pictures=offer).message["type"] == "text"
    site.open.set()


@pytest.mark.parametrize("picture", [ConnectFailed("refused"), b"<html>" * 40], ids=["late", "not"])
async def test_a_picture_that_failed_is_left_alone_for_a_while(
    site: Site, copier: Copier, picture: bytes | FetchFailed
) -> None:
    """A preview that is kept is asked for often, and nobody shall wait for its dead picture."""
    site.picture = picture
    found = await outcome(site, copier, is_copied=False)
    images = proxy(site, copier)
    first = await images.offer(found, [APPLE], wait_s=10)
    again = await images.offer(found, [APPLE], wait_s=10)
    assert (first.picture, first.is_complete) == (again.picture, again.is_complete)
    assert len(site.asked) == 1


async def test_what_is_no_picture_never_will_be(site: Site, copier: Copier) -> None:
    site.picture = b"<html>" * 40
    found = await outcome(site, copier, is_copied=False)
    offer = await proxy(site, copier).offer(found, [APPLE], wait_s=10)
    assert offer.is_complete
    assert offer.picture is None


async def test_all_who_want_it_at_once_cost_one_request(site: Site, copier: Copier) -> None:
    found = await outcome(site, copier, is_copied=False)
    images = proxy(site, copier)
    offers = await asyncio.gather(*(images.offer(found, [APPLE], wait_s=10) for _ in range(20)))
    assert all(offer.is_complete for offer in offers)
    assert len(site.asked) == 1


async def test_of_a_page_without_a_card_there_is_nothing(site: Site, copier: Copier) -> None:
    images = proxy(site, copier)
    failed = Outcome(status=Status.UNAVAILABLE, reason=Reason.TIMEOUT)
    assert (await images.offer(failed, [APPLE], wait_s=1)).picture is None


async def test_an_address_answers_the_copy(site: Site, copier: Copier) -> None:
    found = await outcome(site, copier)
    images = proxy(site, copier)
    offer = await images.offer(found, [LINE], wait_s=1)
    hero = render(found, PAGE, LINE, pictures=offer).message["contents"]["hero"]
    served = await images.serve(hero["url"].rpartition("/")[2], "*/*")
    assert served
    assert served.data.startswith(b"\xff\xd8\xff")
    assert (served.media_type, served.is_negotiated) == ("image/jpeg", False)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("image/avif,image/webp,*/*", "image/webp"),
        ("image/WebP;q=0.8, */*", "image/webp"),
        ("*/*", "image/jpeg"),
        ("", "image/jpeg"),
        ("image/webp;q=0, image/*", "image/jpeg"),
        ("image/webp; q=0.0", "image/jpeg"),
    ],
)
async def test_who_takes_webp_gets_it(
    site: Site, copier: Copier, accept: str, media_type: str
) -> None:
    found = await outcome(site, copier)
    images = proxy(site, copier)
    offer = await images.offer(found, [LINE], wait_s=1)
    assert found.preview
    image = offer.public(found.preview).image
    assert image
    served = await images.serve(image.url.rpartition("/")[2], accept)
    assert served
    assert (served.media_type, served.is_negotiated) == (media_type, True)


async def test_what_was_not_given_out_is_refused_without_a_look(site: Site, copier: Copier) -> None:
    found = await outcome(site, copier)
    images = proxy(site, copier)
    offer = await images.offer(found, [LINE], wait_s=1)
    url = render(found, PAGE, LINE, pictures=offer).message["contents"]["hero"]["url"]
    token = url.rpartition("/")[2]
    asked = len(site.asked)
    for other in (
        token.replace("1024x1024", "2048x2048"),
        token.replace(".jpg", ".png"),
        token.removesuffix(".jpg"),
        token[::-1],
        "x" * 5000,
        "",
    ):
        with pytest.raises(BadToken):
            await images.serve(other, "*/*")
    stranger = Addresses(PUBLIC, Signer("another secret 123"))
    assert found.picture
    forged = stranger.of(found.picture.content, GENERIC).rpartition("/")[2]
    with pytest.raises(BadToken):
        await images.serve(forged, "*/*")
    assert len(site.asked) == asked


async def test_a_copy_that_nobody_knows_any_more_is_gone(site: Site, copier: Copier) -> None:
    images = proxy(site, copier)
    address = Addresses(PUBLIC, Signer("0123456789abcdef")).of("A" * 22, GENERIC)
    assert await images.serve(address.rpartition("/")[2], "*/*") is None


async def test_what_is_given_out_can_be_made_again(site: Site, copier: Copier) -> None:
    """A preview stays for days, and the store may have forgotten all of its picture meanwhile."""
    found = await outcome(site, copier)
    assert found.picture
    forgetful = Copier(
        workers=Workers(count=1, preload=PRELOAD),
        store=MemoryStore(64 * 1024 * 1024, max_entry_bytes=MAX_PICTURE_BYTES),
        specs=(),
        max_bytes=5_000_000,
    )
    images = proxy(site, forgetful)
    offer = await images.offer(found, [LINE], wait_s=1)
    hero = render(found, PAGE, LINE, pictures=offer).message["contents"]["hero"]
    served = await images.serve(hero["url"].rpartition("/")[2], "*/*")
    await images.close()
    assert served
    assert served.data.startswith(b"\xff\xd8\xff")
