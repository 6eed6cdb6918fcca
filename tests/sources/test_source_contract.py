"""Every source keeps its promises on hostile pages, and the table is in order of trust."""

import json
import unicodedata
from functools import cache
from pathlib import Path

import msgspec
import pytest
from ada_url import URL
from hypothesis import given, settings
from hypothesis import strategies as st

from preview_service.extractor import declared
from preview_service.fetch.recorded import EXCHANGES, Case
from preview_service.model import Claim, Field, Kind, Link, Page
from preview_service.page.reader import PageReader
from preview_service.sources import SOURCES
from preview_service.sources.base import Source

PAGES = Path(__file__).parents[2] / "fixtures" / "pages"
BASE = "https://a.example/"

# Who may say what, in the words of each vocabulary: what a page's author would look for.
TERMS: dict[str, dict[str, Field]] = {
    "canonical_link": {"link:canonical": Field.CANONICAL},
    "open_graph": {
        "og:title": Field.TITLE,
        "og:description": Field.DESCRIPTION,
        "og:site_name": Field.SITE_NAME,
        "og:url": Field.CANONICAL,
        "og:type": Field.KIND,
        "og:image": Field.IMAGE,
        "og:image:url": Field.IMAGE,
        "og:image:secure_url": Field.IMAGE,
        "og:video": Field.VIDEO,
        "og:video:url": Field.VIDEO,
        "og:video:secure_url": Field.VIDEO,
        "article:author": Field.AUTHOR,
        "article:published_time": Field.PUBLISHED_AT,
    },
    "twitter_card": {
        "twitter:title": Field.TITLE,
        "twitter:description": Field.DESCRIPTION,
        "twitter:image": Field.IMAGE,
        "twitter:image:src": Field.IMAGE,
    },
    "html_meta": {"meta:description": Field.DESCRIPTION, "html:lang": Field.LANG},
    "json_ld": {
        "json-ld:headline": Field.TITLE,
        "json-ld:name": Field.TITLE,
        "json-ld:description": Field.DESCRIPTION,
        "json-ld:author": Field.AUTHOR,
        "json-ld:datePublished": Field.PUBLISHED_AT,
        "json-ld:@type": Field.KIND,
        "json-ld:image": Field.IMAGE,
    },
    "html_title": {"title": Field.TITLE, "meta:title": Field.TITLE, "meta:author": Field.AUTHOR},
    "links": {
        "link:icon": Field.ICON,
        "link:apple-touch-icon": Field.ICON,
        "link:apple-touch-icon-precomposed": Field.ICON,
        "link:image_src": Field.IMAGE,
    },
}

ADDRESSES = {Field.IMAGE, Field.ICON, Field.CANONICAL, Field.VIDEO}

# https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@pytest.fixture(params=SOURCES, ids=lambda source: source.name)
def source(request: pytest.FixtureRequest) -> Source:
    assert isinstance(request.param, Source)
    return request.param


def check_text(text: str) -> None:
    assert text
    assert text == " ".join(text.split())
    assert not {"Cc", "Cs"} & set(map(unicodedata.category, text))
    assert not BIDI & set(text)
    text.encode()


def check_address(address: str) -> None:
    parsed = URL(address)
    assert parsed.href == address
    assert parsed.protocol in ("http:", "https:")
    assert parsed.hostname
    assert not parsed.username
    assert not parsed.password
    assert address.isascii()
    assert len(address) <= 2048


def check(claim: Claim, source: Source) -> None:
    assert claim.field is TERMS[source.name][claim.source]
    check_text(claim.value)
    if claim.field in ADDRESSES:
        check_address(claim.value)
    if claim.field is Field.KIND:
        assert Kind(claim.value)
    for side in (claim.width, claim.height):
        assert side is None or 0 < side <= 100_000
    for words in (claim.media_type, claim.alt):
        if words is not None:
            check_text(words)


def test_names_are_unique_and_known() -> None:
    assert [source.name for source in SOURCES] == list(TERMS)
    terms = [term for said in TERMS.values() for term in said]
    assert len(terms) == len(set(terms))


# — hostile pages —

TEXTS = st.text(max_size=12) | st.sampled_from(
    [
        "",
        " \n",
        "\ud800",
        "\u202eevil\u2066",
        "a\x00b\x7f\x85c",
        "\u200d\u200d",
        "\ufe0f",
        "9" * 5000,
        "-1",
        "1e9",
        "<script>",
        "video.movie",
        "Article",
    ]
)
REFERENCES = TEXTS | st.sampled_from(
    [
        "/a.png",
        "//b.example/a",
        "//",
        "///",
        "..",
        "?",
        "#",
        "https://a.example/" + "x" * 3000,
        "https://u:p@a.example/",
        "http://[::1]/",
        "http://[",
        "http://0x7f.1/%zz",
        "http://ｅxample。com/\u202e",
        "javascript:alert(1)",
        "JAVA\tSCRIPT:1",
        "data:image/png,x",
        "https:a",
        "http:\\\\a\\b",
    ]
)
NAMES = (
    st.sampled_from(
        [term.removeprefix("meta:") for said in TERMS.values() for term in said]
        + ["og:image:width", "og:image:height", "og:image:type", "og:image:alt"]
        + ["og:image:", "og:images", "og:video:width", "og:video:type", "twitter:image:alt"]
    )
    | TEXTS
)
RELATIONS = st.lists(
    st.sampled_from(
        ["icon", "shortcut", "apple-touch-icon", "mask-icon", "image_src", "canonical", "\u202e"]
    ),
    max_size=3,
).map(" ".join)
LINKS = st.builds(
    Link,
    rel=RELATIONS,
    href=REFERENCES,
    type=TEXTS | st.just("image/svg+xml"),
    sizes=TEXTS | st.sampled_from(["16x16 32X32", "any", "0x0", "x", "99999999x1", "²x²"]),
)
VALUES = TEXTS | REFERENCES | st.integers() | st.floats() | st.none()
PICTURES = st.fixed_dictionaries(
    {"url": REFERENCES}, optional={"width": VALUES, "height": VALUES, "caption": VALUES}
)
NODES = st.fixed_dictionaries(
    {"@type": st.sampled_from(["Article", "Movie", "WebSite"])},
    optional={
        "headline": VALUES,
        "name": VALUES,
        "description": VALUES,
        "author": VALUES,
        "datePublished": VALUES,
        "image": VALUES | PICTURES | st.lists(PICTURES, max_size=3),
    },
)
BASES = REFERENCES | st.just("https://a.example/d/e?f#g")
HOSTILE_PAGES = st.builds(
    Page,
    url=BASES,
    base=BASES,
    charset=st.just("utf-8"),
    title=st.none() | TEXTS,
    lang=st.none() | TEXTS,
    metas=st.lists(st.tuples(NAMES, TEXTS | REFERENCES), max_size=6).map(tuple),
    links=st.lists(LINKS, max_size=4).map(tuple),
    json_ld=st.lists(TEXTS | NODES.map(json.dumps), max_size=2).map(tuple),
)


@given(page=HOSTILE_PAGES)
@settings(max_examples=150, deadline=None)
def test_every_claim_on_a_hostile_page_is_fit_to_be_shown(page: Page) -> None:
    for source in SOURCES:
        for claim in source.read(page):
            check(claim, source)


@pytest.mark.parametrize("scale", ["metas", "links", "json_ld"])
def test_much_of_everything_is_borne(source: Source, scale: str) -> None:
    much: dict[str, tuple[object, ...]] = {
        "metas": tuple((name, "x" * 500) for name in TERMS["open_graph"]) * 40,
        "links": (Link(rel="icon image_src canonical " * 150, href="/a", sizes="1x1 " * 900),) * 99,
        "json_ld": ('{"@graph":[' * 5_000, '[{"@type":"Movie"},' * 3_000) * 5,
    }
    page = Page(url=BASE, base=BASE, charset="utf-8", **{scale: much[scale]})  # type: ignore[arg-type]
    for claim in source.read(page):
        check(claim, source)


# — the pages of fixtures/ —


def read(url: str, body: bytes, content_type: str = "text/html") -> Page:
    """The page in chunks that cut it wherever they may."""
    with PageReader() as reader:
        reader.begin(url, 200, {"content-type": content_type})
        for start in range(0, len(body), 1000):
            if reader.feed(body[start : start + 1000]):
                break
        return reader.close()


def read_recorded(folder: Path) -> list[Page]:
    case = msgspec.json.decode((folder / EXCHANGES).read_bytes(), type=Case)
    return [
        read(
            exchange.url,
            (folder / exchange.body).read_bytes(),
            exchange.headers.get("content-type", "text/html"),
        )
        for exchange in case.exchanges
        if exchange.body and exchange.body.endswith(".html")
    ]


@cache
def recorded_pages() -> tuple[Page, ...]:
    """Every HTML body there is."""
    folders = sorted(folder for folder in PAGES.iterdir() if folder.is_dir())
    return tuple(page for folder in folders for page in read_recorded(folder))


def test_every_claim_on_a_recorded_page_is_fit_to_be_shown(source: Source) -> None:
    found = [claim for page in recorded_pages() for claim in source.read(page)]
    for claim in found:
        check(claim, source)
    assert len(recorded_pages()) >= 60
    assert found, "no recorded page speaks this vocabulary"


# — order of trust —

# A page that declares everything, the winner of each field first. `image_src` and the name that
# JSON-LD gives its only entity are believed last.
ORDER: dict[Field, list[tuple[str, str]]] = {
    Field.TITLE: [
        ("og:title", '<meta property="og:title" content="A shoe">'),
        ("twitter:title", '<meta name="twitter:title" content="B shoe">'),
        ("json-ld:headline", '{"@type": "Article", "headline": "C shoe"}'),
        ("json-ld:name", '{"@type": "Product", "name": "shoe"}'),
        ("title", "<title>D shoe</title>"),
        ("meta:title", '<meta name="title" content="E shoe">'),
    ],
    Field.DESCRIPTION: [
        ("og:description", '<meta property="og:description" content="A">'),
        ("twitter:description", '<meta name="twitter:description" content="B">'),
        ("meta:description", '<meta name="description" content="C">'),
        ("json-ld:description", '{"@type": "Article", "description": "D"}'),
    ],
    Field.IMAGE: [
        ("og:image", '<meta property="og:image" content="/a">'),
        ("twitter:image", '<meta name="twitter:image" content="/b">'),
        ("json-ld:image", '{"@type": "Article", "image": "/c"}'),
        ("link:image_src", '<link rel="image_src" href="/d">'),
    ],
    Field.SITE_NAME: [("og:site_name", '<meta property="og:site_name" content="A">')],
    Field.CANONICAL: [
        ("link:canonical", '<link rel="canonical" href="/a">'),
        ("og:url", '<meta property="og:url" content="/b">'),
    ],
    Field.LANG: [("html:lang", '<html lang="en">')],
    Field.AUTHOR: [
        ("article:author", '<meta property="article:author" content="A">'),
        ("json-ld:author", '{"@type": "Article", "author": "B"}'),
        ("meta:author", '<meta name="author" content="C">'),
    ],
    Field.PUBLISHED_AT: [
        ("article:published_time", '<meta property="article:published_time" content="2024">'),
        ("json-ld:datePublished", '{"@type": "Article", "datePublished": "2023"}'),
    ],
    Field.KIND: [
        ("og:type", '<meta property="og:type" content="video.movie">'),
        ("json-ld:@type", '{"@type": "Article"}'),
    ],
    Field.ICON: [
        ("link:apple-touch-icon", '<link rel="apple-touch-icon" href="/a">'),
        ("link:icon", '<link rel="icon" href="/b">'),
    ],
    Field.VIDEO: [("og:video", '<meta property="og:video" content="/a">')],
}


def as_html(declarations: list[str]) -> bytes:
    """A page whose declarations stand in the order given, `<html>` first as it must."""
    tags = [
        f'<script type="application/ld+json">{text}</script>' if text.startswith("{") else text
        for text in sorted(declarations, key=lambda text: not text.startswith("<html"))
    ]
    return "\n".join(tags).encode()


def winner(field: Field, declarations: list[str]) -> str | None:
    page = read(BASE, as_html(declarations))
    best = declared(page).best(field)
    return best.source if best else None


@pytest.mark.parametrize("field", Field)
def test_the_winner_gone_the_next_in_trust_wins(field: Field) -> None:
    """Wherever they stand: the most trusted comes last in the document, then first."""
    left = ORDER[field]
    while left:
        declarations = [declaration for _, declaration in left]
        expected = left[0][0]
        assert winner(field, declarations[::-1]) == expected
        assert winner(field, declarations) == expected
        left = left[1:]
    assert winner(field, []) is None


@pytest.mark.parametrize("field", Field)
def test_what_is_blank_or_unusable_does_not_win(field: Field) -> None:
    (_, first), *rest = ORDER[field]
    value = first.rpartition('"')[0].rpartition('"')[2]
    unusable = ("javascript:alert(1)", "https://[") if field in ADDRESSES else ("\u200b\n", "\x01")
    for nothing in (" ", *unusable):
        declarations = [first.replace(f'"{value}"', f'"{nothing}"'), *(text for _, text in rest)]
        assert winner(field, declarations) == (rest[0][0] if rest else None)


def test_every_term_that_decides_is_in_the_order() -> None:
    variants = {"og:image", "og:video", "twitter:image", "link:apple-touch-icon"}
    for terms in TERMS.values():
        for term, field in terms.items():
            in_order = {name for name, _ in ORDER[field]}
            assert term in in_order or any(term.startswith(root) for root in variants)
