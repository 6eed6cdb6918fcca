"""Where a page that says nothing itself sends its visitors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.model import Claim, Field, File, Kind, Metadata, Page
from preview_service.page.refresh import better_address, parse, refresh_target

HERE = "https://short.example/x"


def page(*contents: str, url: str = HERE, **more: object) -> Page:
    metas = tuple(("http-equiv:refresh", content) for content in contents)
    return Page(url=url, base=url, charset="utf-8", metas=metas, **more)  # type: ignore[arg-type]


def says(**values: str) -> Metadata:
    return Metadata(
        claims={
            Field(name): (Claim(field=Field(name), value=value, source="test"),)
            for name, value in values.items()
        }
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("0;url=https://acme.example/", (0, "https://acme.example/")),
        ("5; URL='/next page' rest", (5, "/next page")),
        ('0, url = "/a"', (0, "/a")),
        (" \t3\n/a", (3, "/a")),
        ("0;/a", (0, "/a")),
        ("0;'/a", (0, "/a")),
        ("0;url=/a'b", (0, "/a'b")),
        ("0;urlx", (0, "urlx")),
        ("0;url /a", (0, "url /a")),
        ("1.9;/a", (1, "/a")),
        (".5;/a", (0, "/a")),
        ("1..2.3 /a", (1, "/a")),
        ("300", (300, "")),
        ("300;", (300, "")),
        ("0;url=", (0, "")),
        ("", None),
        ("url=/a", None),
        ("-1;/a", None),
        ("0url=/a", None),
        ("5:/a", None),
        ("٣;/a", None),
    ],
)
def test_a_refresh_is_parsed_as_browsers_do(content: str, expected: tuple[int, str] | None) -> None:
    assert parse(content) == expected


def test_a_delay_without_end_is_long() -> None:
    assert parse("9" * 100_000 + ";/a") == (999_999_999, "/a")


@pytest.mark.parametrize(
    ("contents", "target"),
    [
        (["0;url=/next"], "https://short.example/next"),
        (["10;https://acme.example/a?b#c"], "https://acme.example/a?b#c"),
        (["0;url=//acme.example"], "https://acme.example/"),
        (["never", "0;/next"], "https://short.example/next"),
        (["11;/next"], None),
        (["900", "0;/next"], None),
        (["0"], None),
        (["0;url=#top"], None),
        (["0;url=https://short.example/x"], None),
        (["0;url=javascript:alert(1)"], None),
        (["0;url=data:text/html,x"], None),
        (["0;url=https://user@acme.example/"], None),
        ([], None),
    ],
)
def test_a_way_station_sends_on(contents: list[str], target: str | None) -> None:
    assert refresh_target(page(*contents), says()) == target


@pytest.mark.parametrize(
    "title",
    [
        "Redirecting…",
        "You are being redirected to Acme",
        "Redirection en cours",
        "Weiterleitung",
        "301 Moved Permanently",
        "Object moved",
        "https://acme.example/a",
        "short.example",
        "Loading...",
        "Untitled Document",
        "{{ title }}",
    ],
)
def test_a_title_may_say_that_it_sends_on(title: str) -> None:
    assert refresh_target(page("0;/next"), says(title=title)) is not None


@pytest.mark.parametrize(
    "metadata",
    [
        says(title="A trail shoe"),
        says(title="Redirecting", description="Light."),
        says(image="https://acme.example/a.png"),
        says(title="Moved to tears"),
    ],
)
def test_a_page_with_something_to_say_stays(metadata: Metadata) -> None:
    assert refresh_target(page("0;url=?nojs=1"), metadata) is None


def test_a_challenge_that_renews_itself_leads_nowhere() -> None:
    assert refresh_target(page("0;/again", markers=("siteground",)), says()) is None


def test_a_file_sends_nobody_on() -> None:
    file = File(kind=Kind.DOCUMENT, media_type="text/plain", name="a.txt")
    assert refresh_target(page("0;/next", file=file), says()) is None


def test_the_base_of_the_page_counts() -> None:
    based = Page(
        url=HERE,
        base="https://acme.example/b/",
        charset="utf-8",
        metas=(("http-equiv:refresh", "0;next"),),
    )
    assert refresh_target(based, says()) == "https://acme.example/b/next"


@given(st.text(alphabet="0123456789.;, url='\"/:\t#?ahtps@", max_size=60))
def test_any_refresh_leads_to_an_address_or_nowhere(content: str) -> None:
    target = refresh_target(page(content), says())
    assert target is None or target.startswith(("https://", "http://"))


FULL = {"title": "A", "description": "B", "image": "https://acme.example/a.png"}
DESKTOP = "https://www.acme.example/a"


@pytest.mark.parametrize(
    ("url", "canonical", "target"),
    [
        ("https://m.acme.example/a", DESKTOP, DESKTOP),
        ("https://amp.acme.example/a", DESKTOP, DESKTOP),
        ("https://www.acme.example/amp/a", DESKTOP, DESKTOP),
        ("https://www.acme.example/a/amp", DESKTOP, DESKTOP),
        ("https://www.acme.example/a?outputType=amp", DESKTOP, DESKTOP),
        ("https://m.acme.example/a", "https://other.example/a", None),
        ("https://m.acme.example/a", "https://touch.acme.example/a", None),
        ("https://m.acme.example/a", "https://m.acme.example/a", None),
        ("https://acme.example/b", DESKTOP, None),
        ("https://www.acme.example/camp/a", DESKTOP, None),
    ],
)
def test_a_lesser_edition_gives_way_to_the_whole(
    url: str, canonical: str, target: str | None
) -> None:
    assert better_address(page(url=url), says(title="A", canonical=canonical)) == target
    assert better_address(page(url=url), says(**FULL, canonical=canonical)) is None


def test_without_a_canonical_address_there_is_no_better() -> None:
    assert better_address(page(url="https://m.acme.example/a"), says(title="A")) is None
