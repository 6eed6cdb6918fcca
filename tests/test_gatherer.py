"""What is asked for one URL, in which order and how often, and what is made of the answers."""

import asyncio
import contextlib
import unicodedata
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import ada_url
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preview_service.errors import (
    BadStatus,
    BlockedByPolicy,
    ConnectFailed,
    FetchFailed,
    Overloaded,
    TimedOut,
)
from preview_service.fetch.base import NO_HEADERS, Fetched, Sink
from preview_service.fetch.guard import Guard
from preview_service.gatherer import Gathered, Gatherer
from preview_service.model import Field, Kind, Preview, Reason, Verdict
from preview_service.outcome import FetchReport, Purpose
from preview_service.pictures import PictureFinder
from preview_service.previewer import assemble
from preview_service.settings import FetchSettings, PageSettings
from preview_service.sources import providers, sites
from preview_service.urls.normalize import Url, normalize
from preview_service.workers import Failure, WorkerFailed, Workers

PAGE = "https://films.example/watch/42"
ENDPOINT = "https://films.example/oembed?format=json&url=https%3A%2F%2Ffilms.example%2Fwatch%2F42"
HTML = {"content-type": "text/html; charset=utf-8"}
JSON = {"content-type": "application/json"}

CARD = b"""<title>Tides</title><meta property=og:title content=Tides>
<meta name=description content="A film about tides."><meta property=og:image content=/t.jpg>"""
LEAN = b"<title>x</title><meta property=og:title content=Tides>"
EMBED = b'{"type": "video", "title": "Tides", "author_name": "Ada", "provider_name": "Films"}'

PROVIDERS = providers.parse(
    msgspec.json.encode(
        [
            {
                "provider_name": "Films",
                "endpoints": [
                    {
                        "schemes": ["https://films.example/watch/*"],
                        "url": "https://films.example/oembed",
                    }
                ],
            }
        ]
    )
)
FIRST = b'[[site]]\nhosts = ["films.example"]\noembed = "first"'

Answer = tuple[int, Mapping[str, str], bytes] | FetchFailed


class AsDeclared:
    """Looks at no picture: `tests/test_pictures.py` is about these."""

    async def find(self, *_: object) -> None:
        return None


class Web:
    """Answers from a table; an address that is not in it cannot be connected to."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.headers: list[Mapping[str, str]] = []
        self.slow: set[str] = set()
        self.moved: dict[str, str] = {}
        self.closed = False
        self.is_full = False

    def check_room(self, url: Url) -> None:
        if self.is_full:
            raise Overloaded("full")

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
        self.headers.append(headers)
        if url in self.slow:
            await asyncio.Event().wait()
        url = self.moved.get(url, url)
        answer = self.answers.get(url, ConnectFailed("no connection could be made"))
        if isinstance(answer, FetchFailed):
            raise answer
        status, sent, body = answer
        sink.begin(url, status, sent)
        for start in range(0, len(body), 1024):
            if sink.feed(body[start : start + 1024]):
                break
        return Fetched(url=url, status=status, headers=dict(sent), bytes=len(body))

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    workers = Workers(count=1)
    yield workers
    await workers.close()


class Asked(msgspec.Struct):
    gathered: Gathered
    web: Web
    reports: list[FetchReport]

    @property
    def sources(self) -> dict[Field, str]:
        claims = self.gathered.metadata.claims
        return {field: found[0].source for field, found in claims.items()}


@pytest.fixture
def ask(workers: Workers) -> Any:
    async def ask(
        answers: Mapping[str, Answer],
        *,
        url: str = PAGE,
        rules: bytes = b"",
        slow: str = "",
        moved: Mapping[str, str] = NO_HEADERS,
        workers: Any = workers,
        settings: PageSettings = PageSettings(),  # noqa: B008 - frozen
        is_full: bool = False,
    ) -> Asked:
        web = Web(answers)
        web.is_full = is_full
        web.slow.add(slow)
        web.moved.update(moved)
        table = sites.parse(rules)
        gatherer = Gatherer(
            fetcher=web,
            guard=Guard(FetchSettings(), lambda address: table.rule(address).never_fetch),
            workers=workers,
            providers=PROVIDERS,
            sites=table,
            pictures=cast(PictureFinder, AsDeclared()),
            settings=settings,
        )
        reports: list[FetchReport] = []
        gathered = await gatherer.gather(normalize(url), reports)
        return Asked(gathered, web, reports)

    return ask


# — oEmbed —


async def test_a_provider_is_asked_beside_the_page(ask: Any) -> None:
    asked = await ask({PAGE: (200, HTML, LEAN), ENDPOINT: (200, JSON, EMBED)})
    assert sorted(asked.web.asked) == sorted([PAGE, ENDPOINT])
    assert asked.sources[Field.TITLE] == "og:title"
    assert asked.sources[Field.AUTHOR] == "oembed:author_name"
    assert {report.purpose for report in asked.reports} == {Purpose.PAGE, Purpose.OEMBED}


async def test_a_provider_is_asked_instead_where_pages_refuse_servers(ask: Any) -> None:
    asked = await ask({ENDPOINT: (200, JSON, EMBED)}, rules=FIRST)
    assert asked.web.asked == [ENDPOINT]
    assert asked.sources[Field.TITLE] == "oembed:title"
    assert asked.gathered.judgement.verdict is Verdict.OK
    assert asked.gathered.page.url == PAGE


async def test_a_page_is_asked_when_its_provider_has_no_answer(ask: Any) -> None:
    asked = await ask({PAGE: (200, HTML, CARD), ENDPOINT: (401, JSON, b"")}, rules=FIRST)
    assert asked.web.asked == [ENDPOINT, PAGE]
    assert asked.sources[Field.TITLE] == "og:title"


@pytest.mark.parametrize(
    "page",
    [
        TimedOut("no answer"),
        (403, HTML, b"<title>Just a moment...</title>"),
        (200, HTML, b"<title>Just a moment...</title>"),
    ],
    ids=["timeout", "status", "challenge"],
)
async def test_a_page_that_refuses_is_replaced_by_what_its_provider_says(
    ask: Any, page: Answer
) -> None:
    asked = await ask({PAGE: page, ENDPOINT: (200, JSON, EMBED)})
    assert asked.gathered.judgement.verdict is Verdict.OK
    assert asked.sources[Field.TITLE] == "oembed:title"


@pytest.mark.parametrize("answer", [(200, JSON, b"{"), (500, JSON, b""), TimedOut("x")])
async def test_a_provider_that_fails_costs_the_page_nothing(ask: Any, answer: Answer) -> None:
    asked = await ask({PAGE: (200, HTML, CARD), ENDPOINT: answer})
    assert asked.sources[Field.TITLE] == "og:title"
    assert Field.AUTHOR not in asked.sources


async def test_a_provider_that_is_slow_is_not_waited_for(
    ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await ask({PAGE: (200, HTML, CARD)}, slow=ENDPOINT)
    assert asked.sources[Field.TITLE] == "og:title"
    assert not asked.gathered.is_incomplete
    monkeypatch.setattr("preview_service.trip.EXTRA_TIMEOUT_S", 0.01)
    asked = await ask({PAGE: (200, HTML, LEAN)}, slow=ENDPOINT)
    assert asked.sources[Field.TITLE] == "og:title"
    assert asked.gathered.is_incomplete


async def test_nothing_is_left_running_when_both_fail(ask: Any) -> None:
    before = asyncio.all_tasks()
    with pytest.raises(ConnectFailed):
        await ask({})
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


LINKED = "https://small.example/oembed.json"
LINK = f'<link rel=alternate type="application/json+oembed" href="{LINKED}">'.encode()


async def test_a_page_that_says_too_little_is_asked_for_its_own_oembed(ask: Any) -> None:
    url = "https://small.example/a"
    answers = {url: (200, HTML, b"<title>Small</title>" + LINK), LINKED: (200, JSON, EMBED)}
    asked = await ask(answers, url=url)
    assert asked.web.asked == [url, LINKED]
    assert asked.sources[Field.AUTHOR] == "oembed:author_name"


async def test_a_page_that_says_enough_is_not(ask: Any) -> None:
    url = "https://small.example/a"
    asked = await ask({url: (200, HTML, CARD + LINK), LINKED: (200, JSON, EMBED)}, url=url)
    assert asked.web.asked == [url]


async def test_a_short_link_to_a_page_that_refuses_is_told_by_its_provider(ask: Any) -> None:
    short = "https://short.example/x"
    answers = {
        short: (200, HTML, refresh(PAGE)),
        PAGE: (403, HTML, b"<title>Just a moment...</title>"),
        ENDPOINT: (200, JSON, EMBED),
    }
    asked = await ask(answers, url=short)
    assert asked.web.asked == [short, PAGE, ENDPOINT]
    assert asked.sources[Field.TITLE] == "oembed:title"


@pytest.mark.parametrize(
    "page",
    [
        (404, HTML, b"<title>Page not found</title>" + LINK),
        (200, HTML, b"<title>Page not found</title>" + LINK),
        (200, HTML, b"<title>Sign in</title><input type=password>" + LINK),
        (500, HTML, b"<title>Oops</title>" + LINK),
    ],
    ids=["404", "soft 404", "login", "500"],
)
async def test_no_page_may_vouch_for_itself_by_an_oembed_of_its_own(ask: Any, page: Answer) -> None:
    url = "https://small.example/a"
    asked = await ask({url: page, LINKED: (200, JSON, EMBED)}, url=url)
    assert asked.web.asked == [url]
    assert asked.gathered.judgement.verdict is not Verdict.OK


async def test_no_provider_speaks_for_a_file_that_is_gone(ask: Any) -> None:
    with pytest.raises(BadStatus):
        await ask({PAGE: (404, {"content-type": "image/png"}, b""), ENDPOINT: (200, JSON, EMBED)})


@pytest.mark.parametrize("status", [404, 410])
async def test_no_provider_speaks_for_what_is_gone(ask: Any, status: int) -> None:
    asked = await ask({PAGE: (status, HTML, b"gone"), ENDPOINT: (200, JSON, EMBED)})
    assert asked.gathered.judgement.verdict is Verdict.ERROR_PAGE


async def test_of_another_site_s_oembed_only_the_picture_is_taken(ask: Any) -> None:
    url, other = "https://small.example/a", "https://films.example/oembed.json"
    link = f'<link rel=alternate type="application/json+oembed" href="{other}">'.encode()
    answer = b'{"type": "video", "title": "Tides", "thumbnail_url": "/t.jpg"}'
    page = (200, HTML, b"<title>Small</title>" + link)
    asked = await ask({url: page, other: (200, JSON, answer)}, url=url)
    assert asked.gathered.metadata.value(Field.TITLE) == "Small"
    assert asked.sources[Field.IMAGE] == "oembed:thumbnail_url"


async def test_a_card_is_of_the_host_where_the_redirects_ended(ask: Any) -> None:
    short = "https://short.example/x"
    answers = {PAGE: (403, HTML, b"no"), ENDPOINT: (200, JSON, EMBED)}
    asked = await ask(answers, url=short, moved={short: PAGE})
    assert asked.sources[Field.TITLE] == "oembed:title"
    assert asked.gathered.page.url == PAGE


async def test_an_answer_about_one_page_is_not_put_on_another(ask: Any) -> None:
    other = "https://other.example/home"
    answers = {other: (200, HTML, b"<title>Home</title>"), ENDPOINT: (200, JSON, EMBED)}
    asked = await ask(answers, moved={PAGE: other})
    assert asked.gathered.metadata.value(Field.TITLE) == "Home"
    assert Field.AUTHOR not in asked.sources


async def test_what_was_given_up_or_refused_is_told(
    ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("preview_service.trip.EXTRA_TIMEOUT_S", 0.01)
    asked = await ask({PAGE: (200, HTML, LEAN)}, slow=ENDPOINT)
    given_up = asked.reports[-1]
    assert (given_up.purpose, given_up.reason) == (Purpose.OEMBED, Reason.TIMEOUT)
    url, inside = "https://small.example/a", "http://10.0.0.1/oembed"
    link = f'<link rel=alternate type="application/json+oembed" href="{inside}">'.encode()
    asked = await ask({url: (200, HTML, b"<title>Small</title>" + link)}, url=url)
    refused = asked.reports[-1]
    assert (refused.url, refused.reason) == (inside, Reason.BLOCKED_ADDRESS)


# — one site's rules —


async def test_a_site_may_be_closed_to_us(ask: Any) -> None:
    with pytest.raises(BlockedByPolicy):
        await ask({}, rules=b'[[site]]\nhosts = ["films.example"]\nnever_fetch = true')


async def test_a_site_is_asked_with_its_own_headers(ask: Any) -> None:
    rules = b'[[site]]\nhosts = ["films.example"]\nuser_agent = "a/1"\naccept_language = "de"'
    asked = await ask({PAGE: (200, HTML, CARD)}, rules=rules)
    assert asked.web.headers[0] == {"user-agent": "a/1", "accept-language": "de"}


async def test_a_better_picture_is_shown_and_the_declared_one_is_told(ask: Any) -> None:
    rules = b'[[site]]\nhosts = ["films.example"]\nimage = {from = "/t[.]", to = "/large."}'
    asked = await ask({PAGE: (200, HTML, CARD)}, rules=rules)
    claim = asked.gathered.metadata.best(Field.IMAGE)
    assert claim.value == "https://films.example/large.jpg"
    assert claim.raw == "https://films.example/t.jpg"


# — pages that lead elsewhere —


def refresh(target: str) -> bytes:
    return f'<title>Redirecting</title><meta http-equiv=refresh content="0;url={target}">'.encode()


async def test_a_page_that_only_moves_on_is_followed(ask: Any) -> None:
    start = "https://short.example/x"
    asked = await ask({start: (200, HTML, refresh(PAGE)), PAGE: (200, HTML, CARD)}, url=start)
    assert asked.web.asked == [start, PAGE]
    assert [report.purpose for report in asked.reports] == [Purpose.PAGE, Purpose.REFRESH]
    assert asked.gathered.page.url == PAGE


async def test_only_one_is_followed(ask: Any) -> None:
    one, two, three = (f"https://short.example/{name}" for name in ("one", "two", "three"))
    answers = {one: (200, HTML, refresh(two)), two: (200, HTML, refresh(three))}
    asked = await ask(answers, url=one)
    assert asked.web.asked == [one, two]


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1/",
        "https://a..b/",
        "https://xn--a/",
        "http://films.example/",
        "http://a.local/",
    ],
)
async def test_it_is_guarded_like_any_redirect(ask: Any, target: str) -> None:
    start = "https://short.example/x"
    with pytest.raises(FetchFailed):
        await ask({start: (200, HTML, refresh(target))}, url=start)


async def test_the_mobile_edition_gives_way_to_the_page_it_is_of(ask: Any) -> None:
    mobile, full = "https://m.news.example/a", "https://www.news.example/a"
    lean = f"<title>News</title><link rel=canonical href={full}>".encode()
    asked = await ask({mobile: (200, HTML, lean), full: (200, HTML, CARD)}, url=mobile)
    assert asked.web.asked == [mobile, full]
    assert asked.gathered.page.url == full
    asked = await ask({mobile: (200, HTML, lean)}, url=mobile)
    assert asked.gathered.page.url == mobile


async def test_an_edition_that_says_less_is_not_better(ask: Any) -> None:
    mobile, full = "https://m.news.example/a", "https://www.news.example/a"
    page = f"<title>News</title><meta name=description content=All><link rel=canonical href={full}>"
    answers = {mobile: (200, HTML, page.encode()), full: (200, HTML, b"<title>News</title>")}
    assert (await ask(answers, url=mobile)).gathered.page.url == mobile


async def test_an_edition_that_hangs_costs_nothing(
    ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("preview_service.trip.EXTRA_TIMEOUT_S", 0.01)
    mobile, full = "https://m.news.example/a", "https://www.news.example/a"
    lean = f"<title>News</title><link rel=canonical href={full}>".encode()
    asked = await ask({mobile: (200, HTML, lean)}, url=mobile, slow=full)
    assert asked.gathered.page.url == mobile
    assert asked.gathered.is_incomplete


# — bodies and files —

PROSE = b"""<title>Lamp</title><nav><p>Home, about us, and all that we have to sell.</p></nav>
<main><h1>A lamp</h1><p>This lamp was made by hand in a small workshop by the sea, of brass and
of glass, and it will outlive its owner if it is oiled once a year.</p>
<img src=/lamp.jpg width=800 height=600 alt="The lamp"></main>"""


async def test_a_page_that_declares_nothing_is_read_like_a_person_would(ask: Any) -> None:
    url = "https://lamps.example/a"
    asked = await ask({url: (200, HTML, PROSE)}, url=url)
    found = asked.gathered.metadata
    assert asked.sources[Field.DESCRIPTION] == "body:text"
    assert found.value(Field.DESCRIPTION).startswith("This lamp was made by hand")
    assert found.value(Field.IMAGE) == "https://lamps.example/lamp.jpg"
    assert found.value(Field.TITLE) == "Lamp"


async def test_an_error_page_is_not(ask: Any) -> None:
    url = "https://lamps.example/a"
    asked = await ask({url: (404, HTML, PROSE)}, url=url)
    assert Field.DESCRIPTION not in asked.sources


async def test_a_picture_is_a_card_of_itself(ask: Any) -> None:
    url = "https://pictures.example/a/sunset.png"
    sent = {"content-type": "image/png", "content-length": "83211"}
    asked = await ask({url: (200, sent, b"\x89PNG\r\n\x1a\n" + bytes(2000))}, url=url)
    found = asked.gathered.metadata
    assert found.value(Field.TITLE) == "sunset.png"
    assert found.value(Field.IMAGE) == url
    assert found.value(Field.KIND) == Kind.IMAGE
    assert asked.gathered.judgement.verdict is Verdict.OK


def pdf(title: str, pages: int) -> bytes:
    from io import BytesIO

    from pypdf import PdfWriter

    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(100, 100)
    writer.add_metadata({"/Title": title})
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


async def test_a_pdf_is_known_by_its_title_and_pages(ask: Any) -> None:
    url = "https://papers.example/p.pdf"
    body = pdf("On tides", 3)
    sent = {"content-type": "application/pdf", "content-length": str(len(body))}
    asked = await ask({url: (200, sent, body)}, url=url)
    assert asked.gathered.metadata.value(Field.TITLE) == "On tides"
    assert asked.gathered.page.file.pages == 3
    assert asked.web.asked == [url]


async def test_the_end_of_a_long_pdf_is_asked_for(ask: Any) -> None:
    url = "https://papers.example/p.pdf"
    body = pdf("On tides", 3)
    sent = {"content-type": "application/pdf", "content-length": "5000000"}
    asked = await ask({url: (200, sent, b"%PDF-1.7\n".ljust(70_000) + body)}, url=url)
    assert asked.web.asked == [url, url]
    assert asked.web.headers[1]["Range"].startswith("bytes=-")
    assert [report.purpose for report in asked.reports] == [Purpose.PAGE, Purpose.FILE_END]


class Busy:
    """Workers that have no time."""

    async def run(self, function: Any, *arguments: object, timeout_s: float) -> Any:
        raise WorkerFailed(Failure.BUSY)


async def test_workers_that_fail_leave_what_was_read(ask: Any) -> None:
    asked = await ask({PAGE: (200, HTML, b"<title>Lamp</title>")}, workers=Busy())
    assert asked.gathered.metadata.value(Field.TITLE) == "Lamp"
    assert asked.gathered.is_incomplete
    sent = {"content-type": "application/pdf"}
    asked = await ask({PAGE: (200, sent, b"%PDF-1.7")}, workers=Busy())
    assert asked.gathered.metadata.value(Field.TITLE) == "42"
    assert asked.gathered.is_incomplete


# — bounds —


async def test_one_preview_takes_no_more_than_a_few_requests(ask: Any) -> None:
    mobile = "https://m.films.example/watch/42"
    lean = f"<link rel=canonical href={PAGE}>".encode() + LINK
    web = {"https://a.example/": (200, HTML, refresh(mobile)), mobile: (200, HTML, lean)}
    asked = await ask(web, url="https://a.example/")
    assert asked.web.asked == ["https://a.example/", mobile, PAGE]
    asked = await ask(web, url="https://a.example/", settings=PageSettings(max_requests=2))
    assert asked.web.asked == ["https://a.example/", mobile]


async def test_where_there_is_no_room_nothing_is_asked(ask: Any) -> None:
    with pytest.raises(Overloaded):
        await ask({PAGE: (200, HTML, LEAN)}, is_full=True)


async def test_with_one_request_a_page_is_read_and_nothing_beside_it(ask: Any) -> None:
    one = PageSettings(max_requests=1)
    asked = await ask({PAGE: (200, HTML, LEAN), ENDPOINT: (200, JSON, EMBED)}, settings=one)
    assert asked.web.asked == [PAGE]
    assert asked.sources[Field.TITLE] == "og:title"
    assert not asked.gathered.is_incomplete


async def test_closing_lets_go_of_the_network() -> None:
    web = Web({})
    gatherer = Gatherer(
        fetcher=web,
        guard=Guard(FetchSettings()),
        workers=Workers(),
        providers=PROVIDERS,
        sites=sites.parse(b""),
        pictures=cast(PictureFinder, AsDeclared()),
        settings=PageSettings(),
    )
    await gatherer.close()
    assert web.closed


# — whatever comes —

SOUP = st.text(alphabet="<>/!-'\"={}[]:,& abmetilnokhjpsg&;\0é\u202e", max_size=400).map(str.encode)
BYTES = st.one_of(st.binary(max_size=400), SOUP)
TAGS = st.lists(
    st.builds(
        '<meta property="{}" content="{}"><link rel="alternate" type="{}" href="{}">'.format,
        st.sampled_from(["og:title", "og:image", "og:url", "og:type", "description", "x"]),
        st.text(max_size=30),
        st.sampled_from(["application/json+oembed", "text/xml+oembed"]),
        st.sampled_from(
            ["/oembed", "http://127.0.0.1/", "javascript:x", "//", "https://a.example/"]
        ),
    ).map(lambda text: text.encode("utf-8", "replace")),
    max_size=4,
).map(b"".join)
TYPES = st.sampled_from(
    [
        *("text/html", "text/plain", "application/pdf", "application/rss+xml", "image/png"),
        *("application/json", "application/octet-stream", "text/html; charset=utf-16", "", "x"),
    ]
) | st.text(max_size=20)
SENT = st.fixed_dictionaries(
    {},
    optional={
        "content-type": TYPES,
        "content-length": st.text(max_size=8) | st.integers(-1, 10**20).map(str),
        "content-disposition": st.text(max_size=40),
        "content-range": st.just("bytes 0-1/2") | st.text(max_size=20),
    },
)
ANSWERS = st.tuples(st.integers(200, 599), SENT, st.one_of(BYTES, TAGS))


class Inline:
    """Runs at once and in place what a worker would."""

    async def run(self, function: Any, *arguments: object, timeout_s: float) -> Any:
        assert timeout_s
        return function(*arguments)

    async def close(self) -> None:
        """Nothing runs."""


@settings(max_examples=300)
@given(page=ANSWERS, embed=ANSWERS, rules=st.sampled_from([b"", FIRST]))
def test_whatever_comes_is_an_outcome(page: Answer, embed: Answer, rules: bytes) -> None:
    web = Web({PAGE: page, ENDPOINT: embed, "https://films.example/oembed": embed})
    gatherer = Gatherer(
        fetcher=web,
        guard=Guard(FetchSettings()),
        workers=cast(Workers, Inline()),
        providers=PROVIDERS,
        sites=sites.parse(rules),
        pictures=cast(PictureFinder, AsDeclared()),
        settings=PageSettings(),
    )
    with contextlib.suppress(FetchFailed):
        outcome = assemble(asyncio.run(gatherer.gather(normalize(PAGE), [])), ())
        assert outcome.preview is not None
        check(outcome.preview)


def check(preview: Preview) -> None:
    """Plain words and web addresses, whatever was sent."""
    for words in (preview.title, preview.description, preview.site_name, preview.author):
        if words is not None:
            assert words == " ".join(words.split())
            assert not {"Cc", "Cs"} & set(map(unicodedata.category, words))
            assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(words)
    media = (preview.image, preview.icon, preview.video)
    for address in (preview.url, *(each.url for each in media if each)):
        assert ada_url.URL(address).href == address
        assert address.startswith(("http://", "https://"))
