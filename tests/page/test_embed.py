"""https://oembed.com/#section2.3, and what providers make of it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preview_service.errors import BadStatus
from preview_service.model import Embed
from preview_service.page.embed import MAX_BYTES, MAX_TEXT_CHARS, EmbedReader

URL = "https://api.films.example/oembed?url=x"
JSON = "application/json"
XML = "text/xml"


def read(body: bytes, content_type: str | None = JSON, size: int = 7) -> Embed | None:
    reader = EmbedReader()
    reader.begin(URL, 200, {"content-type": content_type} if content_type else {})
    for start in range(0, len(body), size):
        if reader.feed(body[start : start + size]):
            break
    found = reader.close()
    assert reader.close() == found
    return found


def said(**fields: Any) -> Embed | None:
    return read(json.dumps(fields).encode())


FILM = {
    "version": "1.0",
    "type": "video",
    "title": "Running uphill",
    "author_name": "Ann Runner",
    "author_url": "https://films.example/@ann",
    "provider_name": "Films",
    "provider_url": "https://films.example/",
    "cache_age": 3600,
    "thumbnail_url": "https://img.example/1.jpg",
    "thumbnail_width": 480,
    "thumbnail_height": 360,
    "html": "<iframe src=https://films.example/embed/1></iframe>",
    "width": 640,
    "height": 360,
}
READ_FILM = Embed(
    type="video",
    title="Running uphill",
    author_name="Ann Runner",
    provider_name="Films",
    thumbnail_url="https://img.example/1.jpg",
    thumbnail_width=480,
    thumbnail_height=360,
    width=640,
    height=360,
)


def as_xml(fields: dict[str, Any], declaration: str = "<?xml version='1.0'?>") -> str:
    texts = (
        f"<{name}>{str(value).replace('&', '&amp;').replace('<', '&lt;')}</{name}>"
        for name, value in fields.items()
    )
    return f"{declaration}\n<oembed>\n  {' '.join(texts)}\n</oembed>"


# — formats and charsets —


def test_json_is_read() -> None:
    assert read(json.dumps(FILM).encode()) == READ_FILM


def test_xml_is_read() -> None:
    assert read(as_xml(FILM).encode(), XML) == READ_FILM


@pytest.mark.parametrize("content_type", [None, "text/html", "image/png", "not a type", XML, JSON])
def test_the_format_is_seen_from_the_first_character(content_type: str | None) -> None:
    assert read(b" \n" + json.dumps(FILM).encode(), content_type) == READ_FILM
    assert read(b"\xef\xbb\xbf" + as_xml(FILM, "").encode(), content_type) == READ_FILM


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('{"title": "Läufer"}'.encode(), JSON),
        ('{"title": "Läufer"}'.encode("utf-8-sig"), "application/json; charset=latin1"),
        ('{"title": "Läufer"}'.encode("latin-1"), "application/json; charset=iso-8859-1"),
        ('{"title": "Läufer"}'.encode("utf-16"), JSON),
        (b'{"title": "L\\u00e4ufer"}', JSON),
        ("<oembed><title>Läufer</title></oembed>".encode(), XML),
        ("<oembed><title>Läufer</title></oembed>".encode("latin-1"), "text/xml; charset=latin1"),
        (as_xml({"title": "Läufer"}, "<?xml version='1.0' encoding='l1'?>").encode("latin1"), XML),
        (as_xml({"title": "Läufer"}, "<?xml version='1.0' encoding='x'?>").encode("utf-16"), XML),
        (b"<oembed><title>L&#228;ufer</title></oembed>", XML),
        (b"<oembed><title><![CDATA[L\xc3\xa4ufer]]></title></oembed>", XML),
    ],
)
def test_charsets_are_those_of_header_mark_or_declaration(body: bytes, content_type: str) -> None:
    found = read(body, content_type)
    assert found is not None
    assert found.title == "Läufer"


def test_a_charset_within_a_frames_markup_is_not_the_answers() -> None:
    found = read('{"html": "<meta charset=latin1>", "title": "Läufer"}'.encode())
    assert found is not None
    assert found.title == "Läufer"


@pytest.mark.parametrize("label", ["iso-2022-kr", "replacement", "utf-7", "x-user-defined", "?"])
def test_a_charset_that_nobody_reads_does_no_harm(label: str) -> None:
    found = read(b'{"title": "A"}', f"application/json; charset={label}")
    assert found == Embed(type="link", title="A")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b'"title"',
        b"[]",
        b'[{"title": "x"}]',
        b"{",
        b'{"title": "x"',
        b"title=x",
        b"<",
        b"<oembed>",
        b"<oembed><title>x</title>",
        b"<oembed><title>x</oembed>",
        b"<oembed><title>&nbsp;x</title></oembed>",
        b"<html><title>x</title></html>",
        b"<!doctype html><title>Not found</title>",
        b"<error><title>x</title></error>",
        b"{}",
        b'{"error": "not found"}',
        b'{"type": "rich", "author_name": "Ann", "provider_name": "Films", "html": "<hr>"}',
        b'{"type": "link", "url": "https://films.example/"}',
        b"<oembed/>",
    ],
)
def test_what_is_no_answer_or_says_nothing_is_none(body: bytes) -> None:
    assert read(body) is None


def test_json_with_line_breaks_in_strings_is_read() -> None:
    found = read(b'{"title": "Running\nuphill", "width": NaN}')
    assert found == Embed(type="link", title="Running uphill")


# — the response —


@pytest.mark.parametrize("status", [201, 204, 301, 400, 401, 403, 404, 500, 501, 999])
def test_any_status_but_200_is_raised(status: int) -> None:
    reader = EmbedReader()
    with pytest.raises(BadStatus) as raised:
        reader.begin(URL, status, {})
    assert raised.value.status == status
    assert reader.feed(b'{"title": "x"}')
    assert reader.close() is None


def test_a_reader_that_was_never_begun_has_read_nothing() -> None:
    assert EmbedReader().feed(b"{}")
    assert EmbedReader().close() is None


def test_an_answer_as_long_as_may_be_is_read_and_a_longer_one_is_not() -> None:
    short = b'{"title": "x", "html": "%s"}'
    padding = MAX_BYTES - len(short) + 2
    assert read(short % (b"y" * padding), size=4096) == Embed(type="link", title="x")
    assert read(short % (b"y" * (padding + 1)), size=4096) is None
    assert read(b'{"title": "x"}' + b" " * MAX_BYTES, size=MAX_BYTES) is None


def test_another_answer_may_be_begun() -> None:
    reader = EmbedReader()
    for title in ("a", "b"):
        reader.begin(URL, 200, {})
        assert not reader.feed(json.dumps({"title": title}).encode())
        assert reader.close() == Embed(type="link", title=title)


# — values —


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("video", "video"),
        (" Photo ", "photo"),
        ("RICH", "rich"),
        ("link", "link"),
        ("gif", "link"),
        ("", "link"),
        (None, "link"),
        (1, "link"),
        (["video"], "link"),
    ],
)
def test_a_type_that_nobody_knows_is_a_link(written: Any, read_as: str) -> None:
    found = said(type=written, title="x")
    assert found is not None
    assert found.type == read_as


@pytest.mark.parametrize(
    ("written", "pixels"),
    [
        (480, 480),
        ("480", 480),
        (" 480px ", 480),
        ("480 px", 480),
        (480.0, 480),
        (480.9, 480),
        (100_000, 100_000),
        (100_001, None),
        (0, None),
        (-1, None),
        (True, None),
        (None, None),
        ("", None),
        ("100%", None),
        ("1e3", None),
        ("١٢", None),
        (10**30, None),
        (1e300, None),
        ("9" * 5000, None),
        ([480], None),
    ],
)
def test_sides_come_in_many_types(written: Any, pixels: int | None) -> None:
    found = said(title="x", thumbnail_width=written, height=written)
    assert found is not None
    assert (found.thumbnail_width, found.height) == (pixels, pixels)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Running uphill", "Running uphill"),
        (" Running\n\tuphill ", "Running uphill"),
        ("Salt &amp; pepper", "Salt & pepper"),
        ("Ann&#8217;s &#x2014; run", "Ann’s — run"),
        ("a&copy=b & c &unknown; &", "a&copy=b & c &unknown; &"),
        ("1 < 2 > 0", "1 < 2 > 0"),
        ("What <script> and <p2> mean", "What <script> and <p2> mean"),
        ("&lt;b&gt; makes bold", "<b> makes bold"),
        ("<b>Run</b>ning <i>uphill</i>", "Running uphill"),
        ("<p>One</p><p>two<br>three</p>", "One two three"),
        ("<ul><li>One<li>two</ul>", "One two"),
        ("Run<script>alert('x')</script> on", "Run on"),
        ("Run on<br><style>p { x: y }", "Run on"),
        ("<b>Run<!-- not --></b>", "Run"),
        ("evil\u202e\u200btxt", "eviltxt"),
        (1984, "1984"),
        ("", None),
        ("<br>", None),
        ("\u200b", None),
        (True, None),
        (None, None),
        (["x"], None),
        ({"en": "x"}, None),
    ],
)
def test_texts_are_plain(written: Any, text: str | None) -> None:
    found = said(title=written, description=written, author_name=written, thumbnail_url="/a")
    assert found is not None
    assert (found.title, found.description, found.author_name) == (text, text, text)


def test_texts_are_kept_short() -> None:
    for long in ("x" * 20_000, "<b>" + "x" * 20_000 + "</b>", "&amp;" * 20_000):
        found = said(title=long)
        assert found is not None
        assert len(found.title or "") <= MAX_TEXT_CHARS
        assert set(found.title or "") <= {"x", "&"}


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("https://img.example/1.jpg", "https://img.example/1.jpg"),
        ("//img.example/1.jpg", "https://img.example/1.jpg"),
        ("/1.jpg", "https://api.films.example/1.jpg"),
        ("HTTP://IMG.example:80/ü", "http://img.example/%C3%BC"),
        ("javascript:alert(1)", None),
        ("data:image/png,x", None),
        ("https://u:p@img.example/", None),
        ("", None),
        (" ", None),
        (1, None),
        (None, None),
    ],
)
def test_addresses_are_absolute(written: Any, address: str | None) -> None:
    found = said(type="photo", title="x", thumbnail_url=written, url=written)
    assert found is not None
    assert (found.thumbnail_url, found.url) == (address, address)


def test_only_a_photos_address_is_one_of_a_picture() -> None:
    assert said(type="rich", title="x", url="https://films.example/1") == Embed(
        type="rich", title="x"
    )


# — posts —

POST = (
    '<blockquote class="post"><p lang="en" dir="ltr">Trail shoes &amp; <a href="https://t.example/1"'
    '>#hills</a><br>at last</p>&mdash; Ann (@ann) <a href="https://posts.example/1">May 1</a>'
    '</blockquote>\n<script async src="https://posts.example/w.js"></script>'
)


def test_the_words_of_a_post_without_a_title_are_its_description() -> None:
    assert said(type="rich", author_name="Ann", html=POST) == Embed(
        type="rich", description="Trail shoes & #hills at last", author_name="Ann"
    )


@pytest.mark.parametrize(
    "more", [{"title": "T"}, {"description": "D"}, {"type": "video"}, {"type": None}]
)
def test_no_other_answers_html_is_looked_at(more: dict[str, Any]) -> None:
    found = said(**({"type": "rich", "html": POST, "thumbnail_url": "/a"} | more))
    assert found is not None
    assert found.description == more.get("description")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One"),
        ("<P CLASS=x>One", "One"),
        ("<p>One<p>Two", "One"),
        ("<p>One</blockquote>Two", "One"),
        ("<script>'<p>'</script><p>One</p>", "One"),
        ("<p>On<script>x</script>e</p>", "On e"),
        ("<p>1 &lt; 2 <b>&gt;</b></p>", "1 < 2 >"),
        ("<p>What &lt;script&gt; means</p>", "What <script> means"),
        ("<p></p>", None),
        ("<pre>One</pre>", None),
        ("<iframe src=x></iframe>", None),
        ("One", None),
        (["<p>One</p>"], None),
        (None, None),
    ],
)
def test_the_first_paragraph_is_plain_text(html: Any, text: str | None) -> None:
    found = said(type="rich", thumbnail_url="/a", html=html)
    assert found is not None
    assert found.description == text


# — hostility —

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    "body",
    [
        f'<!DOCTYPE oembed [<!ENTITY l0 "ha">{LAUGHS}]><oembed><title>&l11;</title></oembed>',
        '<!DOCTYPE oembed [<!ENTITY x SYSTEM "file:///etc/passwd">]><oembed><title>&x;</title></oembed>',
        '<!DOCTYPE oembed SYSTEM "https://evil.example/x.dtd"><oembed><title>x</title></oembed>',
    ],
)
@pytest.mark.parametrize("charset", ["utf-8", "utf-16"])
def test_a_document_type_is_refused(body: str, charset: str) -> None:
    assert read(body.encode(charset), XML, size=4096) is None


@pytest.mark.parametrize(
    "body",
    [
        "[" * 200_000,
        '{"title":' * 25_000,
        '{"width": ' + "9" * 200_000 + "}",
        "<oembed>" + "<a>" * 80_000,
        "<oembed>" + "".join(f"<a{n}/>" for n in range(25_000)) + "</oembed>",
        "<oembed " + " ".join(f"a{n}=''" for n in range(20_000)) + "/>",
        json.dumps({"type": "rich", "html": "<p " * 80_000}),
        json.dumps({"type": "rich", "html": "<p>" + "<script>" * 30_000}),
        json.dumps({"title": "</b>" + "<" * 200_000}),
        json.dumps({"title": "</b>" + "<script " * 25_000}),
        json.dumps({"title": "&" * 200_000}),
        json.dumps({"title": "&#" + "1" * 200_000}),
        json.dumps({"title": " " * 200_000, "width": " " * 50_000}),
    ],
    ids=lambda body: body[:24],
)
def test_hostile_answers_are_read_or_not(body: str) -> None:
    """What takes more time than its length warrants would be noticed by whoever runs this."""
    assert len(body) <= MAX_BYTES
    found = read(body.encode(), size=65_536)
    assert found is None or len(found.title or "") <= MAX_BYTES


TEXTS = st.text(max_size=8) | st.sampled_from(
    ["<p>x", "</b>", "&amp;", "&#xd800;", "&#0;", "\ud800", "<script>", "\u202e", "rich", "photo"]
)
VALUES = st.recursive(
    TEXTS | st.integers() | st.floats() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
NAMES = st.sampled_from([*FILM, "description", "url"])


@given(fields=st.dictionaries(NAMES, VALUES, max_size=6))
@settings(deadline=None)
def test_any_fields_give_plain_short_values_or_nothing(fields: dict[str, Any]) -> None:
    found = read(json.dumps(fields).encode())
    if found is None:
        return
    for text in (found.title, found.description, found.author_name, found.provider_name):
        assert text is None or text == " ".join(text.split()) != ""
        str(text).encode()
    for address in (found.thumbnail_url, found.url):
        assert address is None or address.startswith(("https://", "http://"))


@given(
    body=st.binary()
    | st.text().map(lambda text: f"<oembed><title>{text}</title></oembed>".encode())
    | st.text().map(lambda text: f'{{"title": "{text}"}}'.encode()),
    content_type=st.text() | st.sampled_from([JSON, XML, "text/xml; charset=utf-16le"]),
)
def test_any_bytes_are_an_answer_or_none(body: bytes, content_type: str) -> None:
    assert isinstance(read(body, content_type), Embed | None)
