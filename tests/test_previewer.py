import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import pytest
from aiohttp import web
from pytest_aiohttp import AiohttpServer

from preview_service.cache.memory import MemoryStore
from preview_service.cache.preview_cache import PreviewCache
from preview_service.errors import (
    BadStatus,
    BadURL,
    Blocked,
    ConnectFailed,
    DNSFailed,
    FetchFailed,
    Overloaded,
    TimedOut,
    TLSFailed,
    TooManyRedirects,
    UnsupportedEncoding,
    UnsupportedType,
)
from preview_service.fetch.base import NO_HEADERS, Fetched, Sink
from preview_service.fetch.client import HttpFetcher
from preview_service.fetch.guard import Guard
from preview_service.fetch.politeness import Gate
from preview_service.gatherer import Gatherer
from preview_service.model import Field, Reason, Status, Verdict
from preview_service.outcome import Hop, Outcome
from preview_service.pictures import PictureFinder
from preview_service.previewer import Previewer, Sight, stored
from preview_service.settings import CacheSettings, FetchSettings, PageSettings, PreviewSettings
from preview_service.sources import providers, sites
from preview_service.urls.normalize import Url, normalize
from preview_service.workers import Failure, WorkerFailed, Workers

ADDRESS = normalize("https://shop.example/p/42?utm_source=chat#size")
PAGE = b"""<!doctype html><html lang=en><head><title>Trail shoe 42 | Acme</title>
<meta property=og:title content="Trail shoe 42"><meta property=og:site_name content=Acme>
<meta property=og:image content=/42.jpg><meta property=og:image:width content=1200>
</head><body><p>Light.</p></body></html>"""


class AsDeclared:
    """Looks at no picture: `tests/test_pictures.py` is about these."""

    async def find(self, *_: object) -> None:
        return None


class Origin:
    """A fetcher that answers everything the same way, and counts."""

    def __init__(
        self,
        body: bytes = PAGE,
        *,
        status: int = 200,
        raises: BaseException | None = None,
        cut: str | None = None,
        at: str = "https://shop.example/p/42",
    ) -> None:
        self.body, self.status, self.raises, self.cut, self.at = body, status, raises, cut, at
        self.asked: list[str] = []
        self.open = asyncio.Event()
        self.open.set()
        self.is_closed = False

    def check_room(self, url: Url) -> None:
        """There is room for all."""

    async def fetch(
        self,
        url: str,
        sink: Sink,
        headers: Mapping[str, str] = NO_HEADERS,
        known: object = None,
        *,
        is_picture: bool = False,
    ) -> Fetched:
        self.asked.append(url)
        await self.open.wait()
        if self.raises is not None:
            raise self.raises
        sink.begin(self.at, self.status, {"content-type": "text/html; charset=utf-8"})
        sink.feed(self.body)
        hops = () if self.at == url else (Hop(url=url, status=302),)
        return Fetched(
            url=self.at,
            status=self.status,
            headers={},
            redirects=hops,
            bytes=len(self.body),
            cut=self.cut,
        )

    async def close(self) -> None:
        self.is_closed = True


class Late(AsDeclared):
    """Looks at pictures until it is let go on."""

    def __init__(self) -> None:
        self.open = asyncio.Event()

    async def find(self, *_: object) -> None:
        await self.open.wait()


def over(origin: Origin, timeout_s: float = 5.0, pictures: AsDeclared | None = None) -> Previewer:
    guard = Guard(FetchSettings())
    gatherer = Gatherer(
        fetcher=origin,
        guard=guard,
        workers=Workers(count=1),
        providers=providers.parse(b"[]"),
        sites=sites.parse(b""),
        pictures=cast(PictureFinder, pictures or AsDeclared()),
        settings=PageSettings(),
    )
    return Previewer(
        gatherer=gatherer,
        guard=guard,
        cache=PreviewCache(MemoryStore(1 << 20), CacheSettings(fresh_s=100)),
        settings=PreviewSettings(preview_timeout_s=timeout_s),
    )


async def look(origin: Origin) -> Outcome:
    previewer = over(origin)
    try:
        return (await previewer.look(ADDRESS, wait_s=5)).outcome
    finally:
        await previewer.close()


async def test_a_late_picture_does_not_keep_the_title_from_its_deadline() -> None:
    pictures = Late()
    previewer = over(Origin(), pictures=pictures)
    async with asyncio.timeout(5):
        early = await previewer.look(ADDRESS, wait_s=0)
        while early.outcome.status is Status.PENDING:
            early = await previewer.look(ADDRESS, wait_s=0.01)
    assert (early.outcome.status, early.outcome.reason) == (Status.PARTIAL, None)
    assert early.outcome.preview
    assert early.outcome.preview.title == "Trail shoe 42"
    assert early.fresh_until == 0
    pictures.open.set()
    late = await previewer.look(ADDRESS, wait_s=5)
    assert late.outcome.status is Status.COMPLETE
    await previewer.close()


async def test_a_page_becomes_a_preview() -> None:
    outcome = await look(Origin())
    assert (outcome.status, outcome.reason, outcome.http_status) == (Status.COMPLETE, None, 200)
    preview = outcome.preview
    assert preview is not None
    assert (preview.title, preview.site_name, preview.lang) == ("Trail shoe 42", "Acme", "en")
    assert (preview.url, preview.host) == ("https://shop.example/p/42", "shop.example")
    assert preview.image is not None
    assert preview.image.url == "https://shop.example/42.jpg"
    assert preview.image.width == 1200


async def test_what_is_fetched_is_the_key() -> None:
    origin = Origin()
    await look(origin)
    assert origin.asked == ["https://shop.example/p/42"]


async def test_the_trail_holds_the_claims_and_the_fetch() -> None:
    outcome = await look(Origin(at="https://acme.example/shoe"))
    assert [claim.source for claim in outcome.trail.claims[Field.TITLE]] == ["og:title", "title"]
    (report,) = outcome.trail.fetches
    assert report.redirects == (Hop(url="https://shop.example/p/42", status=302),)
    assert outcome.preview is not None
    assert outcome.preview.host == "acme.example"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Blocked("no"), Reason.BLOCKED_ADDRESS),
        (DNSFailed("no"), Reason.DNS),
        (ConnectFailed("no"), Reason.CONNECT),
        (TLSFailed("no"), Reason.TLS),
        (TimedOut("no"), Reason.TIMEOUT),
        (BadStatus("no", status=503), Reason.HTTP_STATUS),
        (TooManyRedirects("no"), Reason.TOO_MANY_REDIRECTS),
        (UnsupportedType("no"), Reason.UNSUPPORTED_TYPE),
        (UnsupportedEncoding("no"), Reason.UNSUPPORTED_ENCODING),
        (ZeroDivisionError(), Reason.UNREADABLE),
        (RecursionError(), Reason.UNREADABLE),
        (MemoryError(), Reason.UNREADABLE),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
async def test_whatever_goes_wrong_is_a_reason(error: Exception, reason: Reason) -> None:
    outcome = await look(Origin(raises=error))
    assert (outcome.status, outcome.reason) == (Status.UNAVAILABLE, reason)
    assert outcome.preview is None
    assert outcome.http_status == (503 if isinstance(error, BadStatus) else None)


def subclasses(error: type[FetchFailed]) -> list[type[FetchFailed]]:
    return [error for child in error.__subclasses__() for error in (child, *subclasses(child))]


@pytest.mark.parametrize("error", subclasses(FetchFailed), ids=lambda error: error.__name__)
def test_every_failure_has_a_reason_of_the_contract(error: type[FetchFailed]) -> None:
    assert error.reason in set(Reason)


@pytest.mark.parametrize(
    ("origin", "verdict", "reason"),
    [
        (lambda: Origin(b"<p>hello"), Verdict.EMPTY, Reason.NO_METADATA),
        (lambda: Origin(b""), Verdict.EMPTY, Reason.NO_METADATA),
        (lambda: Origin(b"", cut="timeout"), Verdict.EMPTY, Reason.TIMEOUT),
        (lambda: Origin(status=404), Verdict.ERROR_PAGE, Reason.HTTP_STATUS),
        (lambda: Origin(status=503), Verdict.ERROR_PAGE, Reason.HTTP_STATUS),
    ],
    ids=["no-metadata", "empty", "cut-before-anything", "404", "503"],
)
async def test_what_is_no_page_makes_no_card(
    origin: type[Origin], verdict: Verdict, reason: Reason
) -> None:
    outcome = await look(origin())
    assert outcome.preview is not None
    assert (outcome.preview.verdict, outcome.reason) == (verdict, reason)
    assert outcome.status is Status.UNAVAILABLE


async def test_a_body_that_breaks_off_is_a_page_of_which_more_may_be_seen() -> None:
    outcome = await look(Origin(cut="connect"))
    assert (outcome.status, outcome.reason) == (Status.PARTIAL, None)
    assert outcome.trail.fetches[0].reason is Reason.CONNECT


async def test_out_of_time_is_pending_and_the_card_comes_later() -> None:
    origin = Origin()
    origin.open.clear()
    previewer = over(origin)
    first = await previewer.look(ADDRESS, wait_s=0)
    origin.open.set()
    await previewer.settle()
    second = await previewer.look(ADDRESS, wait_s=0)
    await previewer.close()
    assert (first.outcome.status, first.outcome.reason) == (Status.PENDING, Reason.DEADLINE)
    assert first.fresh_until == 0
    assert (second.outcome.status, second.is_hit) == (Status.COMPLETE, True)
    assert len(origin.asked) == 1


async def test_no_room_is_no_verdict_on_the_page() -> None:
    outcome = await look(Origin(raises=Overloaded("full")))
    assert (outcome.status, outcome.reason) == (Status.PENDING, Reason.OVERLOADED)
    assert outcome.preview is None


async def test_the_work_itself_has_an_end() -> None:
    origin = Origin()
    origin.open.clear()
    previewer = over(origin, timeout_s=0.01)
    sight = await previewer.look(ADDRESS, wait_s=5)
    await previewer.close()
    assert sight.outcome.reason is Reason.TIMEOUT


async def test_spellings_of_one_url_share_an_entry() -> None:
    origin = Origin()
    previewer = over(origin)
    for text in (
        "https://shop.example/p/42",
        "HTTPS://SHOP.example:443/p/42?gclid=1",
        "https://shop.example/p/42#reviews",
    ):
        await previewer.look(normalize(text), wait_s=5)
    await previewer.close()
    assert origin.asked == ["https://shop.example/p/42"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("http://127.0.0.1/", "public"),
        ("https://shop.example:8443/", "8443"),
        ("http://localhost/", "private"),
    ],
)
async def test_what_may_not_be_asked_is_the_callers_mistake(text: str, says: str) -> None:
    origin = Origin()
    previewer = over(origin)
    with pytest.raises(BadURL, match=says):
        await previewer.look(normalize(text), wait_s=5)
    await previewer.close()
    assert origin.asked == []


async def test_closing_closes_the_fetcher() -> None:
    origin = Origin()
    await over(origin).close()
    assert origin.is_closed


async def test_a_stored_preview_is_judged_by_its_verdict() -> None:
    preview = (await look(Origin())).preview
    assert preview is not None
    assert stored(preview).reason is None
    walled = stored(type(preview)(url="u", host="h", title="Sign in", verdict=Verdict.LOGIN_WALL))
    assert (walled.reason, walled.status) == (Reason.LOGIN_WALL, Status.UNAVAILABLE)


async def test_a_trail_of_long_claims_fits_the_cache() -> None:
    address = "https://shop.example/" + "x" * 1900
    tags = "".join(
        f'<meta property="og:{name}" content="{address}{number}">'
        for name in ("image", "video", "audio")
        for number in range(8)
    )
    origin = Origin(f"<title>Shoe</title>{tags}".encode())
    previewer = over(origin)
    first = await previewer.look(ADDRESS, wait_s=5)
    second = await previewer.look(ADDRESS, wait_s=5)
    await previewer.close()
    assert second.is_hit
    claims = first.outcome.trail.claims
    assert len(claims[Field.IMAGE]) + len(claims[Field.VIDEO]) + len(claims[Field.AUDIO]) >= 6


async def test_a_preview_that_misses_an_extra_is_partial(monkeypatch: pytest.MonkeyPatch) -> None:
    async def busy(*_: object, **__: object) -> object:
        raise WorkerFailed(Failure.BUSY)

    monkeypatch.setattr(Workers, "run", busy)
    outcome = await look(Origin(b"<title>Lamp</title>"))
    assert (outcome.status, outcome.reason) == (Status.PARTIAL, None)


class Shop:
    """A site on loopback that counts what is asked of it and knows whether its page has changed."""

    def __init__(self) -> None:
        self.headers = {"ETag": '"1"', "Cache-Control": "max-age=600, must-revalidate"}
        self.status = 200
        self.asked: list[tuple[str, int]] = []
        self.languages: list[str | None] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.languages.append(request.headers.get("Accept-Language"))
        status, path = self.status, request.path
        if status == 200 and path == "/old":
            status = 302
        elif status == 200 and request.headers.get("If-None-Match") == self.headers["ETag"]:
            status = 304
        self.asked.append((path, status))
        headers = {**self.headers, "Location": "/new"} if status == 302 else self.headers
        body = PAGE if status == 200 else None
        return web.Response(status=status, body=body, headers=headers, content_type="text/html")


class Clock:
    def __init__(self) -> None:
        self.now = 1_750_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def shop(aiohttp_server: AiohttpServer) -> AsyncIterator[Any]:
    """A shop, the pipeline that may reach it, its clock, and the address of one of its pages."""
    shop, clock, app = Shop(), Clock(), web.Application()
    app.router.add_get("/{path:.*}", shop.answer)
    server = await aiohttp_server(app)
    settings = FetchSettings(allow_networks=("127.0.0.0/8",), allow_ports=(server.port,))
    guard = Guard(settings)
    gatherer = Gatherer(
        fetcher=HttpFetcher(settings, guard, gate=Gate(settings, clock=clock, unix=clock)),
        guard=guard,
        workers=Workers(count=1),
        providers=providers.parse(b"[]"),
        sites=sites.parse(b""),
        pictures=cast(PictureFinder, AsDeclared()),
        settings=PageSettings(),
    )
    cache = PreviewCache(MemoryStore(1 << 20), CacheSettings(), clock=clock, spread=lambda: 0.0)
    previewer = Previewer(gatherer=gatherer, guard=guard, cache=cache, settings=PreviewSettings())

    async def look(path: str, **given: Any) -> Sight:
        return await previewer.look(normalize(str(server.make_url(path))), wait_s=5, **given)

    yield shop, clock, look, previewer
    await previewer.close()


async def test_a_page_that_has_not_changed_costs_its_site_no_body(shop: Any) -> None:
    site, clock, look, _ = shop
    first = await look("/old")
    clock.now += 600
    again = await look("/old")
    hit = await look("/old")
    assert [sight.state for sight in (first, again, hit)] == ["miss", "revalidated", "hit"]
    assert first.outcome.preview == again.outcome.preview == hit.outcome.preview
    assert site.asked == [("/old", 302), ("/new", 200), ("/old", 302), ("/new", 304)]


async def test_where_the_redirects_ended_is_a_hit(shop: Any) -> None:
    site, _, look, _ = shop
    await look("/old")
    sight = await look("/new")
    assert (sight.state, len(site.asked)) == ("hit", 2)


async def test_a_dead_site_keeps_its_card_and_is_left_alone(shop: Any) -> None:
    site, clock, look, _ = shop
    site.headers["Retry-After"] = "120"
    await look("/p")
    site.status = 503
    clock.now += 600
    sights = [await look("/p") for _ in range(10)]
    assert {sight.state for sight in sights} == {"stale"}
    assert {sight.outcome.reason for sight in sights} == {None}
    assert len(site.asked) == 2
    clock.now += 119
    await look("/p")
    assert len(site.asked) == 2
    clock.now += 1
    site.status = 200
    assert (await look("/p")).state == "revalidated"


async def test_a_refresh_reads_the_page_again_at_once(shop: Any) -> None:
    site, _, look, _ = shop
    await look("/p")
    assert (await look("/p", refresh=True)).state == "bypass"
    assert (await look("/p", refresh=True)).note == "refresh_too_soon"
    assert site.asked == [("/p", 200), ("/p", 200)]


async def test_each_language_is_asked_for_and_kept_by_itself(shop: Any) -> None:
    site, _, look, _ = shop
    for language in ("", "de", "de", ""):
        await look("/p", language=language)
    assert site.languages == ["en,*;q=0.5", "de,en;q=0.5,*;q=0.3"]


async def test_200_callers_are_one_visit(shop: Any) -> None:
    site, _, look, _ = shop
    sights = await asyncio.gather(*(look("/p") for _ in range(200)))
    assert {sight.outcome.status for sight in sights} == {Status.COMPLETE}
    assert site.asked == [("/p", 200)]
