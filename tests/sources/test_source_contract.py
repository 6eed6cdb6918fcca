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

from preview_service.fetch.recorded import EXCHANGES, Case
from preview_service.model import Body, Claim, Embed, Field, File, Kind, Link, Metadata, Page
from preview_service.page.response import ResponseReader
from preview_service.sources import SOURCES
from preview_service.sources.base import Source
from preview_service.sources.merge import merge

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
        "og:video:tag": Field.TAG,
        "og:audio": Field.AUDIO,
        "og:audio:url": Field.AUDIO,
        "og:audio:secure_url": Field.AUDIO,
        "og:updated_time": Field.MODIFIED_AT,
        "og:availability": Field.AVAILABILITY,
        "og:price:amount": Field.PRICE,
        "og:article:author": Field.AUTHOR,
        "og:article:published_time": Field.PUBLISHED_AT,
        "article:author": Field.AUTHOR,
        "article:published_time": Field.PUBLISHED_AT,
        "article:modified_time": Field.MODIFIED_AT,
        "article:section": Field.SECTION,
        "article:tag": Field.TAG,
        "book:author": Field.AUTHOR,
        "book:release_date": Field.PUBLISHED_AT,
        "book:tag": Field.TAG,
        "music:release_date": Field.PUBLISHED_AT,
        "video:release_date": Field.PUBLISHED_AT,
        "video:tag": Field.TAG,
        "product:availability": Field.AVAILABILITY,
        "product:price:amount": Field.PRICE,
        "product:sale_price:amount": Field.PRICE,
    },
    "twitter_card": {
        "twitter:title": Field.TITLE,
        "twitter:description": Field.DESCRIPTION,
        "twitter:image": Field.IMAGE,
        "twitter:image:src": Field.IMAGE,
        "twitter:player": Field.VIDEO,
        "twitter:player:stream": Field.VIDEO,
        "twitter:data1": Field.DETAIL,
        "twitter:data2": Field.DETAIL,
    },
    "html_meta": {
        "html:lang": Field.LANG,
        "http-equiv:content-language": Field.LANG,
        "meta:description": Field.DESCRIPTION,
        "meta:theme-color": Field.THEME_COLOR,
        "meta:rating": Field.RATING,
    },
    "open_graph_locale": {"og:locale": Field.LANG},
    "json_ld": {
        "json-ld:headline": Field.TITLE,
        "json-ld:name": Field.TITLE,
        "json-ld:description": Field.DESCRIPTION,
        "json-ld:author": Field.AUTHOR,
        "json-ld:creator": Field.AUTHOR,
        "json-ld:datePublished": Field.PUBLISHED_AT,
        "json-ld:dateModified": Field.MODIFIED_AT,
        "json-ld:articleSection": Field.SECTION,
        "json-ld:inLanguage": Field.LANG,
        "json-ld:keywords": Field.TAG,
        "json-ld:@type": Field.KIND,
        "json-ld:image": Field.IMAGE,
        "json-ld:thumbnailUrl": Field.IMAGE,
        "json-ld:contentUrl": Field.VIDEO,
        "json-ld:embedUrl": Field.VIDEO,
        "json-ld:price": Field.PRICE,
        "json-ld:lowPrice": Field.PRICE,
        "json-ld:availability": Field.AVAILABILITY,
    },
    "oembed": {
        "oembed:title": Field.TITLE,
        "oembed:author_name as title": Field.TITLE,
        "oembed:description": Field.DESCRIPTION,
        "oembed:author_name": Field.AUTHOR,
        "oembed:provider_name": Field.SITE_NAME,
        "oembed:type": Field.KIND,
        "oembed:url": Field.IMAGE,
        "oembed:thumbnail_url": Field.IMAGE,
    },
    "html_title": {
        "title": Field.TITLE,
        "meta:title": Field.TITLE,
        "meta:author": Field.AUTHOR,
        "meta:date": Field.PUBLISHED_AT,
        "meta:pubdate": Field.PUBLISHED_AT,
        "meta:last-modified": Field.MODIFIED_AT,
        "meta:lastmod": Field.MODIFIED_AT,
    },
    "links": {
        "link:icon": Field.ICON,
        "link:apple-touch-icon": Field.ICON,
        "link:apple-touch-icon-precomposed": Field.ICON,
        "link:fluid-icon": Field.ICON,
        "link:mask-icon": Field.ICON,
        "link:image_src": Field.IMAGE,
        "link:manifest": Field.MANIFEST,
        "link:amphtml": Field.ALTERNATE,
        "link:feed": Field.FEED,
        "link:oembed": Field.OEMBED,
    },
    "dublin_core": {
        f"{prefix}{leaf}": field
        for prefix in ("dc.", "dc:", "dcterms.", "dcterms:")
        for leaf, field in {
            "title": Field.TITLE,
            "description": Field.DESCRIPTION,
            "creator": Field.AUTHOR,
            "language": Field.LANG,
            "date": Field.PUBLISHED_AT,
            "date.issued": Field.PUBLISHED_AT,
            "issued": Field.PUBLISHED_AT,
            "modified": Field.MODIFIED_AT,
        }.items()
    }
    | {
        "citation_title": Field.TITLE,
        "citation_abstract": Field.DESCRIPTION,
        "citation_author": Field.AUTHOR,
        "citation_date": Field.PUBLISHED_AT,
        "citation_publication_date": Field.PUBLISHED_AT,
        "parsely-author": Field.AUTHOR,
        "parsely-pub-date": Field.PUBLISHED_AT,
        "sailthru.author": Field.AUTHOR,
        "sailthru.date": Field.PUBLISHED_AT,
    },
    "microdata": {
        f"{mark}:{name}": field
        for mark in ("itemprop", "property")
        for name, field in {
            "headline": Field.TITLE,
            "name": Field.TITLE,
            "title": Field.TITLE,
            "description": Field.DESCRIPTION,
            "image": Field.IMAGE,
            "thumbnailurl": Field.IMAGE,
            "embedurl": Field.VIDEO,
            "author": Field.AUTHOR,
            "creator": Field.AUTHOR,
            "datepublished": Field.PUBLISHED_AT,
            "datemodified": Field.MODIFIED_AT,
            "articlesection": Field.SECTION,
            "inlanguage": Field.LANG,
            "availability": Field.AVAILABILITY,
            "price": Field.PRICE,
        }.items()
    },
    "file": {
        "file:title": Field.TITLE,
        "file:name": Field.TITLE,
        "file:description": Field.DESCRIPTION,
        "file:facts": Field.DESCRIPTION,
        "file:author": Field.AUTHOR,
        "file:type": Field.KIND,
        "file:url": Field.IMAGE,
    },
    "body": {"body:h1": Field.TITLE, "body:text": Field.DESCRIPTION, "body:img": Field.IMAGE},
}

# A file's own address is the picture, film or sound that it is.
MEDIA = {Field.IMAGE, Field.VIDEO, Field.AUDIO}

ADDRESSES = MEDIA | {
    Field.ICON,
    Field.CANONICAL,
    Field.MANIFEST,
    Field.FEED,
    Field.OEMBED,
    Field.ALTERNATE,
}

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
    expected = TERMS[source.name][claim.source]
    assert claim.field is expected or (claim.source == "file:url" and claim.field in MEDIA)
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
        + ["product:price:currency", "twitter:label1", "twitter:player:width", "itemprop:price"]
        + ["itemprop:pricecurrency", "twitter:player:stream:content_type"]
    )
    | TEXTS
)
RELATIONS = st.lists(
    st.sampled_from(
        [
            *("icon", "shortcut", "apple-touch-icon", "mask-icon", "image_src", "canonical"),
            *("alternate", "manifest", "amphtml", "itemprop:image", "\u202e"),
        ]
    ),
    max_size=3,
).map(" ".join)
LINKS = st.builds(
    Link,
    rel=RELATIONS,
    href=REFERENCES,
    type=TEXTS | st.sampled_from(["image/svg+xml", "application/rss+xml", "text/xml+oembed"]),
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
        "thumbnailUrl": VALUES,
        "video": st.fixed_dictionaries({"contentUrl": REFERENCES, "embedUrl": REFERENCES}),
        "keywords": VALUES | st.lists(TEXTS, max_size=3),
        "inLanguage": VALUES,
        "offers": st.fixed_dictionaries(
            {"price": VALUES, "priceCurrency": TEXTS, "availability": VALUES}
        ),
    },
)
METAS = st.tuples(NAMES | st.just("schema:image"), TEXTS | REFERENCES)
SIDES = st.none() | st.integers(1, 100_000)
WORDS = st.none() | TEXTS
BODIES = st.builds(
    Body,
    heading=WORDS,
    text=WORDS,
    images=st.lists(st.tuples(REFERENCES, TEXTS), max_size=2).map(tuple),
    properties=st.lists(METAS, max_size=3).map(tuple),
)
FILES = st.builds(
    File,
    kind=st.sampled_from(Kind),
    media_type=st.sampled_from(["image/png", "application/pdf", "text/plain", "a/\u202e"]),
    name=TEXTS,
    bytes=st.none() | st.integers(),
    title=WORDS,
    description=WORDS,
    author=WORDS,
    pages=st.none() | st.integers(),
    width=SIDES,
    height=SIDES,
)
EMBEDS = st.builds(
    Embed,
    type=st.sampled_from(["photo", "video", "rich", "link", ""]),
    title=WORDS,
    description=WORDS,
    author_name=WORDS,
    provider_name=WORDS,
    thumbnail_url=st.none() | REFERENCES,
    url=st.none() | REFERENCES,
    width=SIDES,
    height=SIDES,
)
BASES = REFERENCES | st.just("https://a.example/d/e?f#g")
HOSTILE_PAGES = st.builds(
    Page,
    url=BASES,
    base=BASES,
    charset=st.just("utf-8"),
    title=st.none() | TEXTS,
    lang=st.none() | TEXTS,
    metas=st.lists(METAS, max_size=6).map(tuple),
    links=st.lists(LINKS, max_size=4).map(tuple),
    json_ld=st.lists(TEXTS | NODES.map(json.dumps), max_size=2).map(tuple),
    body=st.none() | BODIES,
    file=st.none() | FILES,
    embed=st.none() | EMBEDS,
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
    reader = ResponseReader()
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


# What these read is not in a page's HTML, or in that of none recorded yet.
UNRECORDED = {"oembed", "file", "body"}


def test_every_claim_on_a_recorded_page_is_fit_to_be_shown(source: Source) -> None:
    found = [claim for page in recorded_pages() for claim in source.read(page)]
    for claim in found:
        check(claim, source)
    assert len(recorded_pages()) >= 60
    assert found or source.name in UNRECORDED, "no recorded page speaks this vocabulary"


# — order of trust —

Piece = str | dict[str, dict[str, object]]

# A page that declares everything, the winner of each field first. What is not in the markup that a
# reader reads is given by the page's other parts.
ORDER: dict[Field, list[tuple[str, Piece]]] = {
    Field.TITLE: [
        ("og:title", '<meta property="og:title" content="A shoe">'),
        ("twitter:title", '<meta name="twitter:title" content="B shoe">'),
        ("json-ld:headline", '{"@type": "Article", "headline": "C shoe"}'),
        ("json-ld:name", '{"@type": "Product", "name": "shoe"}'),
        ("oembed:title", {"embed": {"title": "D shoe"}}),
        ("title", "<title>E shoe</title>"),
        ("meta:title", '<meta name="title" content="F shoe">'),
        ("dc.title", '<meta name="dc.title" content="G shoe">'),
        ("itemprop:name", '<meta itemprop="name" content="H shoe">'),
        ("property:name", {"body": {"properties": [["name", "I shoe"]]}}),
        ("file:title", {"file": {"title": "J shoe"}}),
        ("body:h1", {"body": {"heading": "K shoe"}}),
    ],
    Field.DESCRIPTION: [
        ("og:description", '<meta property="og:description" content="A">'),
        ("twitter:description", '<meta name="twitter:description" content="B">'),
        ("meta:description", '<meta name="description" content="C">'),
        ("json-ld:description", '{"@type": "Article", "description": "D"}'),
        ("oembed:description", {"embed": {"description": "E"}}),
        ("dc.description", '<meta name="dc.description" content="F">'),
        ("itemprop:description", '<meta itemprop="description" content="G">'),
        ("file:facts", {"file": {"bytes": 7}}),
        ("body:text", {"body": {"text": "H"}}),
    ],
    Field.IMAGE: [
        ("og:image", '<meta property="og:image" content="/a">'),
        ("twitter:image", '<meta name="twitter:image" content="/b">'),
        ("json-ld:image", '{"@type": "Article", "image": "/c"}'),
        ("oembed:thumbnail_url", {"embed": {"thumbnail_url": "/d"}}),
        ("link:image_src", '<link rel="image_src" href="/e">'),
        ("itemprop:image", '<meta itemprop="image" content="/f">'),
        ("file:url", {"file": {"kind": "image"}}),
        ("body:img", {"body": {"images": [["/g", ""]]}}),
    ],
    Field.SITE_NAME: [
        ("og:site_name", '<meta property="og:site_name" content="A">'),
        ("oembed:provider_name", {"embed": {"provider_name": "B"}}),
    ],
    Field.CANONICAL: [
        ("link:canonical", '<link rel="canonical" href="/a">'),
        ("og:url", '<meta property="og:url" content="/b">'),
    ],
    Field.LANG: [
        ("html:lang", '<html lang="en">'),
        ("http-equiv:content-language", '<meta http-equiv="content-language" content="de">'),
        ("og:locale", '<meta property="og:locale" content="fr_FR">'),
        ("json-ld:inLanguage", '{"@type": "Article", "inLanguage": "it"}'),
        ("dc.language", '<meta name="dc.language" content="es">'),
        ("itemprop:inlanguage", '<meta itemprop="inLanguage" content="sv">'),
    ],
    Field.AUTHOR: [
        ("article:author", '<meta property="article:author" content="A">'),
        ("json-ld:author", '{"@type": "Article", "author": "B"}'),
        ("oembed:author_name", {"embed": {"author_name": "C"}}),
        ("meta:author", '<meta name="author" content="D">'),
        ("dc.creator", '<meta name="dc.creator" content="E">'),
        ("itemprop:author", '<meta itemprop="author" content="F">'),
        ("file:author", {"file": {"author": "G"}}),
    ],
    Field.PUBLISHED_AT: [
        ("article:published_time", '<meta property="article:published_time" content="2024">'),
        ("json-ld:datePublished", '{"@type": "Article", "datePublished": "2023"}'),
        ("meta:date", '<meta name="date" content="2022">'),
        ("dcterms.issued", '<meta name="dcterms.issued" content="2021">'),
        ("itemprop:datepublished", '<meta itemprop="datePublished" content="2020">'),
    ],
    Field.MODIFIED_AT: [
        ("article:modified_time", '<meta property="article:modified_time" content="2024">'),
        ("json-ld:dateModified", '{"@type": "Article", "dateModified": "2023"}'),
        ("meta:last-modified", '<meta name="last-modified" content="2022">'),
        ("dcterms.modified", '<meta name="dcterms.modified" content="2021">'),
        ("itemprop:datemodified", '<meta itemprop="dateModified" content="2020">'),
    ],
    Field.KIND: [
        ("og:type", '<meta property="og:type" content="video.movie">'),
        ("json-ld:@type", '{"@type": "Article"}'),
        ("oembed:type", {"embed": {"type": "photo"}}),
        ("file:type", {"file": {"kind": "document"}}),
    ],
    Field.ICON: [
        ("link:apple-touch-icon", '<link rel="apple-touch-icon" href="/a">'),
        ("link:icon", '<link rel="icon" href="/b">'),
    ],
    Field.VIDEO: [
        ("og:video", '<meta property="og:video" content="/a">'),
        ("twitter:player", '<meta name="twitter:player" content="/b">'),
        ("json-ld:embedUrl", '{"@type": "VideoObject", "embedUrl": "/c"}'),
        ("itemprop:embedurl", '<meta itemprop="embedURL" content="/d">'),
        ("file:url", {"file": {"kind": "video"}}),
    ],
    Field.AUDIO: [
        ("og:audio", '<meta property="og:audio" content="/a">'),
        ("file:url", {"file": {"kind": "audio"}}),
    ],
    Field.SECTION: [
        ("article:section", '<meta property="article:section" content="A">'),
        ("json-ld:articleSection", '{"@type": "Article", "articleSection": "B"}'),
        ("itemprop:articlesection", '<meta itemprop="articleSection" content="C">'),
    ],
    Field.TAG: [
        ("article:tag", '<meta property="article:tag" content="A">'),
        ("json-ld:keywords", '{"@type": "Article", "keywords": "B"}'),
    ],
    Field.PRICE: [
        (
            "og:price:amount",
            '<meta name="og:price:currency" content="E"><meta name="og:price:amount" content="7">',
        ),
        ("json-ld:price", '{"@type": "Movie", "offers": {"price": 6, "priceCurrency": "EUR"}}'),
        (
            "itemprop:price",
            '<meta itemprop="priceCurrency" content="EUR"><meta itemprop="price" content="5">',
        ),
    ],
    Field.AVAILABILITY: [
        ("product:availability", '<meta property="product:availability" content="instock">'),
        ("json-ld:availability", '{"@type": "Movie", "offers": {"availability": "SoldOut"}}'),
        ("itemprop:availability", '<meta itemprop="availability" content="PreOrder">'),
    ],
    Field.DETAIL: [
        (
            "twitter:data1",
            '<meta name="twitter:label1" content="A"><meta name="twitter:data1" content="B">',
        ),
    ],
    Field.RATING: [("meta:rating", '<meta name="rating" content="adult">')],
    Field.THEME_COLOR: [("meta:theme-color", '<meta name="theme-color" content="#fff">')],
    Field.MANIFEST: [("link:manifest", '<link rel="manifest" href="/a">')],
    Field.FEED: [
        ("link:feed", '<link rel="alternate" type="application/rss+xml" href="/a">'),
    ],
    Field.OEMBED: [
        ("link:oembed", '<link rel="alternate" type="application/json+oembed" href="/a">'),
    ],
    Field.ALTERNATE: [("link:amphtml", '<link rel="amphtml" href="/a">')],
}


def as_html(declarations: list[str]) -> bytes:
    """A page whose declarations stand in the order given, `<html>` first as it must."""
    tags = [
        f'<script type="application/ld+json">{text}</script>' if text.startswith("{") else text
        for text in sorted(declarations, key=lambda text: not text.startswith("<html"))
    ]
    return "\n".join(tags).encode()


def as_page(declarations: list[Piece]) -> Page:
    page = read(BASE, as_html([piece for piece in declarations if isinstance(piece, str)]))
    said: dict[str, dict[str, object]] = {}
    for piece in declarations:
        for part, properties in piece.items() if isinstance(piece, dict) else ():
            said.setdefault(part, {}).update(properties)
    parts = {
        "body": said.get("body"),
        "embed": said.get("embed") and {"type": "link"} | said["embed"],
        "file": said.get("file")
        and {"kind": "website", "media_type": "", "name": ""} | said["file"],
    }
    return msgspec.structs.replace(
        page,
        body=msgspec.convert(parts["body"], Body | None),
        embed=msgspec.convert(parts["embed"], Embed | None),
        file=msgspec.convert(parts["file"], File | None),
    )


def declared(page: Page) -> Metadata:
    return merge(claim for source in SOURCES for claim in source.read(page))


def winner(field: Field, declarations: list[Piece]) -> str | None:
    best = declared(as_page(declarations)).best(field)
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
    assert isinstance(first, str)
    value = first.rpartition('"')[0].rpartition('"')[2]
    unusable = ("javascript:alert(1)", "https://[") if field in ADDRESSES else ("\u200b\n", "\x01")
    for nothing in (" ", *unusable):
        declarations = [first.replace(f'"{value}"', f'"{nothing}"'), *(text for _, text in rest)]
        assert winner(field, declarations) == (rest[0][0] if rest else None)


def test_every_source_stands_in_the_order_for_each_of_its_fields() -> None:
    for name, said in TERMS.items():
        for field in set(said.values()):
            in_order = [term for term, _ in ORDER[field]]
            assert any(said.get(term) is field for term in in_order), (name, field)


def test_another_sites_address_changes_nothing_but_the_canonical() -> None:
    """A page may name any site as its own: its pictures stay where it was found."""
    page = as_page(
        [
            '<link rel="canonical" href="https://bank.example/login">',
            '<meta property="og:url" content="https://bank.example/">',
            '<meta property="og:image" content="/a.png"><link rel="icon" href="/i.png">',
        ]
    )
    found = declared(page).claims
    assert {field: [claim.value for claim in claims] for field, claims in found.items()} == {
        Field.CANONICAL: ["https://bank.example/login", "https://bank.example/"],
        Field.IMAGE: ["https://a.example/a.png"],
        Field.ICON: ["https://a.example/i.png"],
    }
    assert page.url == BASE
