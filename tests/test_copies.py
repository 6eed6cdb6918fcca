"""Copies of pictures: made at once, kept by content, made again while the picture is the same."""

import io
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from preview_service.cache.memory import MemoryStore
from preview_service.cache.store import MAX_PICTURE_BYTES
from preview_service.channels import CHANNELS
from preview_service.channels.base import PictureRules
from preview_service.copies import GENERIC, KNOWN_S, Copier, spec_of, variants
from preview_service.errors import BadStatus, NotAPicture, Unreadable
from preview_service.fetch.base import Fetched, Sink
from preview_service.images.signing import content_id
from preview_service.images.spec import Spec
from preview_service.images.thumbnail import MAX_SPECS, PRELOAD
from preview_service.workers import Workers

PHOTO = (
    Path(__file__).parents[1] / "fixtures/pages/picture-portrait-12-mp/portrait.jpg"
).read_bytes()
ADDRESS = "https://tours.example/photos/ridge.jpg"
LINE = Spec(("image/jpeg",), 1024, 1024, 600_000)
APPLE = Spec(("image/png",), 240, 240, 200_000)


class Site:
    """One picture at every address, until it is another."""

    def __init__(self, picture: bytes) -> None:
        self.picture = picture
        self.asked = 0
        self.cut: str | None = None

    async def fetch(self, url: str, sink: Sink, headers: Mapping[str, str]) -> Fetched:
        self.asked += 1
        sink.begin(url, 200, {"content-length": str(len(self.picture))})
        sink.feed(self.picture)
        return Fetched(url=url, status=200, headers={}, cut=self.cut)


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    made = Workers(count=1, preload=PRELOAD)
    yield made
    await made.close()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(64 * 1024 * 1024, max_entry_bytes=MAX_PICTURE_BYTES)


@pytest.fixture
def copier(workers: Workers, store: MemoryStore) -> Copier:
    return Copier(workers=workers, store=store, specs=(GENERIC, LINE, APPLE), max_bytes=5_000_000)


async def test_all_copies_are_made_of_one_look(copier: Copier) -> None:
    from PIL import Image

    site = Site(PHOTO)
    copied = await copier.copy(ADDRESS, site.fetch)
    assert (copied.facts.width, copied.facts.height, copied.bytes) == (3000, 4000, len(PHOTO))
    assert site.asked == 1
    assert copied.placeholder.startswith("data:image/webp;base64,")
    assert len(copied.placeholder) <= 200
    kinds = (*variants(GENERIC), LINE, APPLE)
    assert [each.spec for each in copied.picture.thumbnails] == [spec.text for spec in kinds]
    for spec, told in zip(kinds, copied.picture.thumbnails, strict=True):
        data = await copier.data(copied.picture.content, spec)
        assert data is not None
        assert len(data) == told.bytes <= spec.max_bytes
        with Image.open(io.BytesIO(data)) as image:
            assert image.size == (told.width, told.height)
            assert image.height > image.width
            assert Image.MIME[image.format or ""] == told.media_type == spec.media_types[0]
            assert not image.getexif()


async def test_what_was_made_is_known_by_its_address(copier: Copier) -> None:
    copied = await copier.copy(ADDRESS, Site(PHOTO).fetch)
    assert await copier.known(ADDRESS) == copied
    assert await copier.known("https://tours.example/other.jpg") is None


async def test_many_pictures_are_known_for_longer_than_their_copies(workers: Workers) -> None:
    store = MemoryStore(0, max_entry_bytes=MAX_PICTURE_BYTES)
    copier = Copier(workers=workers, store=store, specs=(LINE,), max_bytes=5_000_000)
    site = Site(PHOTO)
    content = (await copier.copy(ADDRESS, site.fetch)).picture.content
    assert await copier.data(content, LINE) is None
    assert await copier.again(content, LINE, site.fetch)


async def test_an_address_may_have_another_picture_later(workers: Workers) -> None:
    now = 0.0
    store = MemoryStore(2**26, lambda: now, max_entry_bytes=MAX_PICTURE_BYTES)
    copier = Copier(workers=workers, store=store, specs=(LINE,), max_bytes=5_000_000)
    content = (await copier.copy(ADDRESS, Site(PHOTO).fetch)).picture.content
    now = KNOWN_S
    assert await copier.known(ADDRESS) is None
    assert await copier.data(content, LINE)


async def test_a_forgotten_copy_is_made_again_of_the_same_picture(
    copier: Copier, store: MemoryStore
) -> None:
    site = Site(PHOTO)
    content = (await copier.copy(ADDRESS, site.fetch)).picture.content
    first = await copier.data(content, LINE)
    await store.delete(f"{content}.{LINE.text}")
    assert await copier.data(content, LINE) is None
    assert await copier.again(content, LINE, site.fetch) == first
    assert await copier.data(content, LINE) == first


async def test_where_it_was_is_not_forgotten_before_the_copies(workers: Workers) -> None:
    kept: list[str] = []

    class Noting(MemoryStore):
        async def set(self, key: str, value: bytes, ttl_s: float) -> None:
            kept.append(key)
            await super().set(key, value, ttl_s)

    copier = Copier(workers=workers, store=Noting(2**26), specs=(LINE,), max_bytes=5_000_000)
    content = (await copier.copy(ADDRESS, Site(PHOTO).fetch)).picture.content
    assert kept[:2] == [f"{content}.{LINE.text}", f"{content}@"]


async def test_of_another_picture_no_copy_is_made(copier: Copier, store: MemoryStore) -> None:
    """What a message shows does not change when a site swaps the picture."""
    site = Site(PHOTO)
    content = (await copier.copy(ADDRESS, site.fetch)).picture.content
    await store.delete(f"{content}.{LINE.text}")
    site.picture = PHOTO + b"\0"
    assert await copier.again(content, LINE, site.fetch) is None


async def test_of_an_unknown_name_nothing_is_asked_for(copier: Copier) -> None:
    site = Site(PHOTO)
    assert await copier.again("A" * 22, LINE, site.fetch) is None
    assert site.asked == 0


async def test_what_is_kept_in_another_form_is_unknown(copier: Copier, store: MemoryStore) -> None:
    content = content_id(PHOTO)
    await store.set(f"{content}@", b"\xff", 60)
    assert await copier.again(content, LINE, Site(PHOTO).fetch) is None


async def test_where_it_was_is_known_to_all_who_share_the_store(
    copier: Copier, workers: Workers, store: MemoryStore
) -> None:
    site = Site(PHOTO)
    content = (await copier.copy(ADDRESS, site.fetch)).picture.content
    other = Copier(workers=workers, store=store, specs=(), max_bytes=5_000_000)
    await store.delete(f"{content}.{LINE.text}")
    assert await other.again(content, LINE, site.fetch)


async def test_what_is_no_picture_is_none(copier: Copier) -> None:
    with pytest.raises(NotAPicture):
        await copier.copy(ADDRESS, Site(b"<html>" * 40).fetch)


async def test_a_picture_that_broke_off_may_be_whole_another_time(copier: Copier) -> None:
    site = Site(PHOTO)
    site.cut = "timeout"
    with pytest.raises(Unreadable):
        await copier.copy(ADDRESS, site.fetch)


async def test_what_the_site_does_wrong_is_told(copier: Copier) -> None:
    async def fails(url: str, sink: Sink, headers: Mapping[str, str]) -> Fetched:
        raise BadStatus("gone", status=404)

    with pytest.raises(BadStatus):
        await copier.copy(ADDRESS, fails)


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        (PictureRules(media_types=frozenset({"image/png", "image/jpeg"})), "j1200x1200b600000"),
        (
            PictureRules(media_types=frozenset({"image/png"}), ideal=(240, 240), max_bytes=200_000),
            "p240x240b200000",
        ),
        (
            PictureRules(
                media_types=frozenset({"image/jpeg"}),
                max_width=1024,
                max_height=800,
                crop=(191, 100),
            ),
            "j1024x800b600000c191-100",
        ),
        (
            PictureRules(media_types=frozenset({"image/avif", "image/webp", "image/jpeg"})),
            "wj1200x1200b600000",
        ),
    ],
)
def test_a_copy_is_what_the_rules_take(rules: PictureRules, text: str) -> None:
    spec = spec_of(rules)
    assert spec
    assert spec.text == text


def test_of_rules_that_take_nothing_of_ours_there_is_no_copy() -> None:
    assert spec_of(PictureRules(media_types=frozenset({"image/gif"}))) is None


def test_all_channels_need_few_copies() -> None:
    rules = [method.picture for each in CHANNELS.values() for method in each.methods]
    specs = {spec_of(each) for each in rules if each is not None}
    assert len([kind for spec in specs if spec for kind in variants(spec)]) < MAX_SPECS
