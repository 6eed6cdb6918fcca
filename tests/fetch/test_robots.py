import asyncio
from collections.abc import Mapping

import pytest

from preview_service.errors import (
    ConnectFailed,
    FetchFailed,
    NotRecorded,
    Overloaded,
    TooManyRedirects,
)
from preview_service.fetch.base import NO_HEADERS, Fetched, Sink
from preview_service.fetch.robots import KEPT_S, MAX_BYTES, UNREACHABLE_KEPT_S, Robots, parse
from preview_service.settings import FetchSettings
from preview_service.urls.normalize import normalize

PAGE = normalize("https://shop.example/p/42?x=1")
RULES = b"""# ours
User-agent: otherbot
Disallow: /
User-agent: Preview-Service
Disallow: /cart
Disallow: /p/*/private$
User-agent: *
Disallow: /p/
"""


class Site:
    """A fetcher that answers everything the same way, and counts."""

    def __init__(
        self,
        body: bytes = RULES,
        *,
        status: int = 200,
        raises: FetchFailed | None = None,
        cut: str | None = None,
    ) -> None:
        self.body, self.status, self.raises, self.cut = body, status, raises, cut
        self.asked: list[str] = []
        self.open = asyncio.Event()
        self.open.set()

    async def fetch(self, url: str, sink: Sink, headers: Mapping[str, str] = NO_HEADERS) -> Fetched:
        self.asked.append(url)
        await self.open.wait()
        if self.raises is not None:
            raise self.raises
        sink.begin(url, self.status, {})
        sink.feed(self.body)
        return Fetched(url=url, status=self.status, headers={}, cut=self.cut)

    async def close(self) -> None:
        pass


def robots(site: Site, now: list[float] | None = None) -> Robots:
    clock = now or [0.0]
    return Robots(site, FetchSettings(), clock=lambda: clock[0])


@pytest.mark.parametrize(
    ("path", "is_allowed"),
    [
        ("/p/42", True),
        ("/", True),
        ("/cart", False),
        ("/cart/5", False),
        ("/p/42/private", False),
        ("/p/42/private/not", True),
        ("/robots.txt", True),
    ],
)
async def test_the_group_that_names_us_counts(path: str, is_allowed: bool) -> None:
    site = Site()
    url = normalize(f"https://shop.example{path}")
    assert await robots(site).allowed_by_robots(url) is is_allowed
    assert site.asked == ["https://shop.example/robots.txt"]


async def test_else_the_group_for_all_counts() -> None:
    asked = Robots(Site(), FetchSettings(user_agent="acme/1"))
    assert not await asked.allowed_by_robots(PAGE)
    assert await asked.allowed_by_robots(normalize("https://shop.example/cart"))


@pytest.mark.parametrize(
    ("site", "is_allowed"),
    [
        (Site(b""), True),
        (Site(b"\xef\xbb\xbfUser-agent: *\nDisallow: /"), False),
        (Site(b"<!doctype html><title>hello"), True),
        (Site(b"\xff\xfe\x00" * 1000), True),
        (Site(status=404), True),
        (Site(status=403), True),
        (Site(status=429), False),
        (Site(status=503), False),
        (Site(b"", cut="timeout"), False),
        (Site(raises=ConnectFailed("no")), False),
        (Site(raises=TooManyRedirects("no")), True),
    ],
)
async def test_what_is_not_there_forbids_nothing_and_what_cannot_be_reached_everything(
    site: Site, is_allowed: bool
) -> None:
    assert await robots(site).allowed_by_robots(PAGE) is is_allowed


async def test_a_site_is_asked_once_in_a_while() -> None:
    site, now = Site(), [0.0]
    asked = robots(site, now)
    for now[0] in (0.0, KEPT_S - 1, KEPT_S):
        await asked.allowed_by_robots(PAGE)
    await asked.allowed_by_robots(normalize("http://shop.example/"))
    assert [each.partition(":")[0] for each in site.asked] == ["https", "https", "http"]


async def test_a_site_out_of_reach_is_asked_again_soon() -> None:
    site, now = Site(status=503), [0.0]
    asked = robots(site, now)
    await asked.allowed_by_robots(PAGE)
    now[0] = UNREACHABLE_KEPT_S
    site.status = 200
    assert await asked.allowed_by_robots(PAGE)


async def test_many_who_ask_at_once_are_one_question_whoever_leaves() -> None:
    site = Site()
    site.open.clear()
    asked = robots(site)
    first, *others = (asyncio.create_task(asked.allowed_by_robots(PAGE)) for _ in range(5))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.cancel()
    site.open.set()
    assert await asyncio.gather(*others) == [True] * 4
    assert len(site.asked) == 1


async def test_no_room_to_ask_is_no_answer() -> None:
    site = Site(raises=Overloaded("full"))
    asked = robots(site)
    with pytest.raises(Overloaded):
        await asked.allowed_by_robots(PAGE)
    site.raises = None
    assert await asked.allowed_by_robots(PAGE)


async def test_closing_gives_up_what_is_being_asked() -> None:
    site = Site()
    site.open.clear()
    asked = robots(site)
    waiting = asyncio.create_task(asked.allowed_by_robots(PAGE))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asked.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_only_so_much_is_read() -> None:
    site = Site(b"#" * MAX_BYTES + b"\nUser-agent: *\nDisallow: /")
    assert await robots(site).allowed_by_robots(PAGE)


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0c", "\u2028"])
@pytest.mark.parametrize("word", ["User-agent:", "user agent", "USERAGENT :", " user \xa0 agent"])
def test_a_file_of_many_agents_and_rules_is_read_like_any_other(word: str, end: str) -> None:
    agents = "".join(f"{word} bot{number}{end}" for number in range(4000))
    rules = "".join(f"Disallow: /{number}{end}" for number in range(4000))
    # Rules given to each agent would be sixteen million.
    found = parse(f"{agents}{rules}User-agent: *\nDisallow: /p/", "preview-service")
    assert not found.can_fetch(PAGE.key, "preview-service")
    assert found.can_fetch("https://shop.example/17", "preview-service")


async def test_offline_a_robots_txt_that_nobody_recorded_forbids_nothing() -> None:
    assert await robots(Site(raises=NotRecorded("x"))).allowed_by_robots(PAGE)
