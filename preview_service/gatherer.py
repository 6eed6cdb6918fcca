"""URL → everything a preview is made of: the page, and what must be asked beside it or instead.

A page may refuse servers while its site answers oEmbed, move on by a `<meta>`, be the mobile
edition of one that says more, end in the facts of a PDF, or declare nothing and leave its body to
be read. All of it comes through the one guarded fetcher, and no more than a few requests of it.
"""

import asyncio
import math
from collections.abc import Callable
from functools import partial
from typing import Final

import msgspec

from preview_service.errors import BadURL, BlockedByPolicy, FetchFailed
from preview_service.extractor import read, searched
from preview_service.fetch.base import Fetched, Fetcher
from preview_service.fetch.guard import Guard
from preview_service.model import Body, Embed, Field, File, Metadata, Page, Verdict
from preview_service.outcome import FetchReport, Judgement, Purpose
from preview_service.page.addresses import is_same_site
from preview_service.page.embed import EmbedReader
from preview_service.page.files import TAIL_HEADERS, FileReader, TailReader, with_pdf
from preview_service.page.refresh import better_address, refresh_target
from preview_service.page.response import ResponseReader
from preview_service.page.verdict import Visit, judge
from preview_service.pictures import PictureFinder, Shown, with_winner
from preview_service.settings import PageSettings
from preview_service.sources.providers import Providers
from preview_service.sources.sites import Sites
from preview_service.trip import Asking, Trip
from preview_service.urls.normalize import Url, normalize
from preview_service.workers import Workers

WORKER_TIMEOUT_S: Final = 1.0
"""For a body or a PDF; usual ones take a tenth of it."""

# A page without a word for a card may have them in its body.
_READABLE: Final = frozenset({Verdict.OK, Verdict.EMPTY})
_CARD: Final = (Field.TITLE, Field.DESCRIPTION, Field.IMAGE)
_OK: Final = 200
_REDIRECT: Final = 300
_GONE: Final = frozenset({404, 410})


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """What was found at a URL; `fetched` is None where a provider answered for the page.

    `shown` is its picture, None if there was no time to look.

    `is_incomplete`: something beside the page was late or failed, and might not the next time.
    """

    page: Page
    metadata: Metadata
    judgement: Judgement
    fetched: Fetched | None = None
    shown: Shown | None = None
    is_incomplete: bool = False

    @property
    def status(self) -> int:
        """The HTTP status of the page."""
        return self.fetched.status if self.fetched else _OK

    @property
    def cut(self) -> str | None:
        """What ended the page early, as in `Fetched`."""
        return self.fetched.cut if self.fetched else None

    @property
    def is_ok(self) -> bool:
        return self.judgement.verdict is Verdict.OK

    @property
    def says(self) -> int:
        """How many parts of a card it has: a title, a description, a picture."""
        return sum(map(bool, map(self.metadata.best, _CARD)))

    @property
    def lacks_essentials(self) -> bool:
        """Whether its card would be without a title or a picture."""
        return not (self.metadata.best(Field.TITLE) and self.metadata.best(Field.IMAGE))

    @property
    def is_bare(self) -> bool:
        """Whether the page leaves it to its visitors to see what it is about."""
        has = self.metadata.best
        describes = has(Field.TITLE) and (has(Field.DESCRIPTION) or has(Field.IMAGE))
        is_page = self.page.file is None and _OK <= self.status < _REDIRECT
        return is_page and not describes and self.judgement.verdict in _READABLE


class Gatherer:
    """Asks for what a preview needs; `close` lets go of the network and the workers."""

    def __init__(
        self,
        *,
        fetcher: Fetcher,
        guard: Guard,
        workers: Workers,
        providers: Providers,
        sites: Sites,
        pictures: PictureFinder,
        settings: PageSettings,
    ) -> None:
        self._fetcher = fetcher
        self._guard = guard
        self._workers = workers
        self._providers = providers
        self._sites = sites
        self._pictures = pictures
        self._settings = settings

    async def gather(
        self,
        url: Url,
        reports: list[FetchReport],
        deadline: float = math.inf,
        how: Asking = Asking(),  # noqa: B008 - frozen
        so_far: Callable[[Gathered], None] = lambda _: None,
    ) -> Gathered:
        """All that *url* has to say by *deadline*, a time of the event loop.

        Each request is reported as it ends. *so_far* is told what is there already, while more is
        asked for. Raise `FetchFailed` if nothing came, or nothing may be
        asked, and `NotModified` if the page is as it is known.
        """
        most = self._settings.max_requests
        trip = Trip(self._fetcher, self._sites, reports, deadline, how, max_requests=most)
        try:
            self._fetcher.check_room(url)
            self._guard.check_policy(url)
        except FetchFailed as error:
            trip.refuse(url.key, Purpose.PAGE, error)
            raise
        found = await self._found(trip, url, so_far)
        if not found.is_ok:
            return found
        so_far(found)
        shown = await trip.attempt(self._pictures.find, trip, found.metadata)
        return msgspec.structs.replace(
            found,
            shown=shown,
            metadata=with_winner(found.metadata, shown) if shown else found.metadata,
            is_incomplete=trip.is_incomplete,
        )

    async def _found(self, trip: Trip, url: Url, so_far: Callable[[Gathered], None]) -> Gathered:
        """What a provider says, or the page with what is asked beside it."""
        endpoint = self._providers.endpoint(url.key)
        if endpoint is not None and self._sites.rule(url.key).oembed == "first":
            embed = await trip.attempt(self._embed, trip, endpoint)
            if embed is not None:
                return self._by_embed(trip, url, url, embed)
            endpoint = None
        asking = endpoint and asyncio.create_task(trip.attempt(self._embed, trip, endpoint))
        try:
            return await self._by_page(trip, url, asking or None, so_far)
        finally:
            if asking:
                asking.cancel()

    async def close(self) -> None:
        try:
            await self._workers.close()
        finally:
            await self._fetcher.close()

    async def _by_page(
        self,
        trip: Trip,
        url: Url,
        asking: "asyncio.Task[Embed | None] | None",
        so_far: Callable[[Gathered], None],
    ) -> Gathered:
        try:
            found, reader = await self._visit(trip, url)
        except FetchFailed as error:
            if asking is not None and error.status not in _GONE and (embed := await asking):
                return self._by_embed(trip, url, url, embed)
            raise
        so_far(found)
        embed = await self._embed_beside(trip, url, found, asking)
        if embed is not None and not found.is_ok:
            return self._by_embed(trip, url, normalize(found.page.url), embed)
        page = found.page
        if embed is not None:
            page = msgspec.structs.replace(page, embed=embed)
        elif found.is_bare:
            body = await trip.attempt(self._body, reader.document)
            page = msgspec.structs.replace(page, body=body)
        elif page.file is not None and reader.file is not None and reader.file.pdf_head:
            file = await self._pdf(trip, page.url, page.file, reader.file)
            page = msgspec.structs.replace(page, file=file)
        found = self._again(trip, found)
        if page is found.page:
            return found
        whole = self._understand(trip, url, page, found.fetched)
        # What a page says itself is not put in doubt by what was asked beside it.
        return whole if whole.is_ok or embed is None else found

    async def _visit(self, trip: Trip, url: Url) -> tuple[Gathered, ResponseReader]:
        """The page, or the one that it sends its visitors on to."""
        found, reader = await self._read(trip, url, url, Purpose.PAGE)
        onward = refresh_target(found.page, found.metadata)
        if onward is not None and found.judgement.verdict in _READABLE:
            target = self._redirected(trip, found.page, onward, Purpose.REFRESH)
            found, reader = await self._read(trip, url, target, Purpose.REFRESH)
        full = better_address(found.page, found.metadata)
        if full is not None:
            better = await trip.attempt(self._canonical, trip, url, found, full)
            if better is not None and better[0].is_ok and better[0].says >= found.says:
                return better
        return found, reader

    async def _canonical(
        self, trip: Trip, asked: Url, found: Gathered, address: str
    ) -> tuple[Gathered, ResponseReader]:
        target = self._redirected(trip, found.page, address, Purpose.CANONICAL)
        return await self._read(trip, asked, target, Purpose.CANONICAL)

    def _redirected(self, trip: Trip, page: Page, address: str, purpose: Purpose) -> Url:
        """*address* as *page* may send its visitors there; raise `Blocked` if it may not."""
        try:
            target = normalize(address, keep_tracking=True)
            self._guard.check_redirect(normalize(page.url), target)
        except BadURL as error:
            refused = BlockedByPolicy(str(error))
            trip.refuse(address, purpose, refused)
            raise refused from error
        except FetchFailed as error:
            trip.refuse(address, purpose, error)
            raise
        return target

    async def _read(
        self, trip: Trip, asked: Url, url: Url, purpose: Purpose
    ) -> tuple[Gathered, ResponseReader]:
        reader = ResponseReader(self._settings)
        fetched = await trip.fetch(url.key, reader, purpose)
        page = searched(reader.close(), fetched.status, reader.document)
        return self._understand(trip, asked, page, fetched), reader

    def _by_embed(self, trip: Trip, asked: Url, final: Url, embed: Embed) -> Gathered:
        """What a provider says of a page that was not read, or refused to be."""
        page = Page(url=final.key, base=final.key, charset="utf-8", embed=embed)
        return self._understand(trip, asked, page, None)

    def _understand(self, trip: Trip, asked: Url, page: Page, fetched: Fetched | None) -> Gathered:
        metadata = read(page, self._sites)
        visit = Visit(
            asked=asked.key,
            status=fetched.status if fetched else _OK,
            page=page,
            metadata=metadata,
            headers=fetched.headers if fetched else {},
        )
        return Gathered(
            page=page,
            metadata=metadata,
            judgement=judge(visit),
            fetched=fetched,
            is_incomplete=trip.is_incomplete,
        )

    def _again(self, trip: Trip, found: Gathered) -> Gathered:
        return msgspec.structs.replace(found, is_incomplete=trip.is_incomplete)

    async def _embed_beside(
        self, trip: Trip, url: Url, found: Gathered, asking: "asyncio.Task[Embed | None] | None"
    ) -> Embed | None:
        """What a provider says of the page that was found; it may not speak for what is gone."""
        if found.status in _GONE:
            return None
        says_enough = found.is_ok and not found.lacks_essentials
        if asking is None or not self._is_about(url, found.page):
            asking = None if says_enough else self._ask(trip, found)
        if asking is None or (says_enough and not asking.done()):
            return None
        return await asking

    def _is_about(self, url: Url, page: Page) -> bool:
        """Whether what is asked of *url* is an answer for the *page* it led to."""
        is_same = self._providers.endpoint(page.url) == self._providers.endpoint(url.key)
        return is_same or is_same_site(url.key, page.url)

    def _ask(self, trip: Trip, found: Gathered) -> "asyncio.Task[Embed | None] | None":
        endpoint = self._providers.endpoint(found.page.url)
        if endpoint is not None:
            return asyncio.create_task(trip.attempt(self._embed, trip, endpoint))
        named = found.metadata.value(Field.OEMBED)
        if named is None or not found.is_ok:
            return None
        return asyncio.create_task(trip.attempt(self._named_embed, trip, found.page, named))

    async def _named_embed(self, trip: Trip, page: Page, address: str) -> Embed | None:
        """What the address says that a page names; of another site's words only the picture."""
        endpoint = self._redirected(trip, page, address, Purpose.OEMBED)
        embed = await self._embed(trip, endpoint.key)
        if embed is None or is_same_site(endpoint.key, page.url):
            return embed
        return Embed(
            type=embed.type,
            thumbnail_url=embed.thumbnail_url,
            thumbnail_width=embed.thumbnail_width,
            thumbnail_height=embed.thumbnail_height,
        )

    async def _embed(self, trip: Trip, endpoint: str) -> Embed | None:
        reader = EmbedReader()
        await trip.fetch(endpoint, reader, Purpose.OEMBED)
        return reader.close()

    async def _body(self, document: bytes) -> Body:
        from preview_service.page.body import read_body

        return await self._workers.run(read_body, document, timeout_s=WORKER_TIMEOUT_S)

    async def _pdf(self, trip: Trip, url: str, file: File, reader: FileReader) -> File:
        """*file* with its title and pages, if its beginning and end tell them."""
        from preview_service.page.pdf import read_pdf

        end = TailReader(file.bytes)
        if reader.wants_tail:
            await trip.attempt(trip.fetch, url, end, Purpose.FILE_END, TAIL_HEADERS)
        # Where nobody says how long it is, what fills the head goes on behind it.
        size = end.size or file.bytes or len(reader.pdf_head) + 1
        work = partial(self._workers.run, timeout_s=WORKER_TIMEOUT_S)
        facts = await trip.attempt(work, read_pdf, reader.pdf_head, end.tail, size)
        file = msgspec.structs.replace(file, bytes=end.size or file.bytes)
        return with_pdf(file, facts) if facts else file
