"""How far a document is read, and that its tags come out the same however it was cut."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preview_service.page import head as limits
from preview_service.page.head import HeadParser
from preview_service.page.markup import MAX_DULL_BYTES, MAX_TOKEN_BYTES, MAX_TOLD
from preview_service.page.tags import MAX_SCRIPTS_BYTES, MAX_TITLE_BYTES, Found

BODY_BYTES = 64 * 1024
CHUNK = 1024

CARD = (
    b"<meta property=og:title content=Title><meta name=description content=Text>"
    b"<meta property=og:image content=/a.png>"
)
OG = (("og:title", "Title"), ("description", "Text"), ("og:image", "/a.png"))


def parsed(*chunks: bytes, body_bytes: int = BODY_BYTES) -> Found:
    parser = HeadParser(body_bytes)
    for chunk in chunks:
        if parser.feed(chunk):
            break
    return parser.close()


def in_chunks(document: bytes, size: int) -> list[bytes]:
    return [document[start : start + size] for start in range(0, len(document), size)]


def bytes_wanted(document: bytes, body_bytes: int = BODY_BYTES, chunk: int = CHUNK) -> int:
    """How much of *document* is taken before it is enough."""
    parser = HeadParser(body_bytes)
    for start in range(0, len(document), chunk):
        if parser.feed(document[start : start + chunk]):
            return min(len(document), start + chunk)
    return len(document)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (b"", Found()),
        (b"no markup", Found()),
        (b"<title>A &amp; B &lt;i&gt;</title>", Found(title="A & B <i>")),
        (b"<title>A<b>c</title>", Found(title="A<b>c")),
        (b"<title>Open", Found(title="Open")),
        (b"<svg><title>Menu</title></svg><title>Page</title>", Found(title="Page")),
        (b"<svg><title/></svg><title>Page</title>", Found(title="Page")),
        (b"<svg/><title>Page</title>", Found(title="Page")),
        (b"<title>caf\xc3\xa9 \xff</title>", Found(title="café \ufffd")),
        (b"<title>a\0b</title>", Found(title="a\ufffdb")),
        (b"<title>&#xD800;&#0;</title>", Found(title="\ufffd\ufffd")),
        (b"<title>&#%b;</title>" % (b"1" * 5000), Found(title="\ufffd")),
        (b"<HTML LANG=de><BASE HREF=/x/>", Found(lang="de", base="/x/")),
        (b"<meta name=a content='x > y'>", Found(metas=(("a", "x > y"),))),
        (b"<meta name=a content=x name=b content=y>", Found(metas=(("a", "x"),))),
        (b"<meta name=a content='a&copy=1&amp;b'>", Found(metas=(("a", "a&copy=1&b"),))),
        (b"<!-- <meta name=a content=x> --><meta name=b content=y>", Found(metas=(("b", "y"),))),
        (b"<!--><meta name=b content=y>", Found(metas=(("b", "y"),))),
        (b"<!--!><meta name=a content=x>--><meta name=b content=y>", Found(metas=(("b", "y"),))),
        (b"<comment><meta name=b content=y>", Found(metas=(("b", "y"),))),
        (b"<template><meta name=a content=x></template>", Found()),
        (b"<noscript><meta name=a content=x></noscript>", Found(metas=(("a", "x"),))),
        (b"<head><style>a{}</style><meta name=a content=x>", Found(metas=(("a", "x"),))),
        (b"<textarea><meta name=a content=x></textarea>", Found()),
        (b"<script>'<meta name=a content=x>'</script>", Found()),
        (b"<script><!--<script></script><meta name=a content=x>--></script>", Found()),
        (b"<head></head><body><p><meta name=a content=x>", Found(metas=(("a", "x"),))),
        (b"<body><svg><title>x</title></svg><title>Late</title>", Found(title="Late")),
        (b"<head><div></div><meta name=a content=x></head>", Found(metas=(("a", "x"),))),
        (b"<meta name=a content=x", Found()),
        (b"<script type=application/ld+json>{}</script>", Found(json_ld=("{}",))),
        (b'<script type="application/ld&#43;json">1</script>', Found(json_ld=("1",))),
        (b'<body><script type="application/ld&#43;json">1</script>', Found(json_ld=("1",))),
        (b"<body><script a='>' type=application/ld+json>1</script>", Found(json_ld=("1",))),
        (b"<body><script type='application/ld+json'>[]</script>", Found(json_ld=("[]",))),
        (b"<body><input name='>' type=password>", Found(has_password=True)),
    ],
)
def test_tags_are_read_as_a_browser_reads_them(document: bytes, expected: Found) -> None:
    assert parsed(document) == expected
    assert parsed(*in_chunks(document, 1)) == expected


@pytest.mark.parametrize(
    "head",
    [
        b"<html><head>" + CARD + b"</head>",
        b"<HEAD>" + CARD + b"</HEAD>",
        CARD + b"<body class='a'>",
        b"<head><script>'</head><body>'</script>" + CARD + b"</head>",
        b"<head><!-- </head><body> -->" + CARD + b"</head>",
        b"<head><style>/* </head> */</style>" + CARD + b"</head>",
        b"<head><style>" + b"a{b:c}" * 5000 + b"</style>" + CARD + b"</head>",
        b"<head><STYLE media=x>" + b"a>b{}" * 5000 + b"</STYLE >" + CARD + b"</head>",
    ],
)
def test_it_is_enough_when_the_head_is_over_and_a_card_is_known(head: bytes) -> None:
    document = head + b"<p>text</p>" * 20_000
    # A tag that has arrived in part is not looked at with each byte.
    assert len(head) <= bytes_wanted(document, chunk=1) <= len(head) + 40
    assert parsed(document).metas == OG


def test_what_the_head_does_not_say_is_looked_for_in_the_body() -> None:
    head = b"<head><title>Title</title></head><body>"
    filler = b"<p>text</p>" * 1000
    document = head + filler + CARD + filler * 100
    assert parsed(document).metas == OG
    assert bytes_wanted(document) <= len(head + filler + CARD) + limits.RUN_BYTES + CHUNK


def test_a_head_that_is_in_the_body_is_read_to_its_end() -> None:
    element = b"<svg></svg><script async src='/a.js'></script>"
    filler = element * (limits.RUN_BYTES // (2 * len(element)))
    links = b"<link rel=icon href=/a>" + filler + b"<link rel=canonical href=/b>" + filler
    document = b"<head></head><body>" + CARD + links + filler + element * 4
    document += b"<link rel=icon href=/c>" + b"<p>" * 50_000
    for chunks in ([document], in_chunks(document, 100), in_chunks(document, 7)):
        assert [link.href for link in parsed(*chunks).links] == ["/a", "/b"]


def test_a_stray_element_does_not_hide_what_is_left_of_the_head() -> None:
    links = b"<link rel=canonical href=/a><link rel=icon href=/b>"
    filler = b"<script>x</script>" * 2000
    document = b"<head><title>T</title><div></div>" + filler + links + b"</head><body>"
    assert [link.href for link in parsed(document).links] == ["/a", "/b"]


@pytest.mark.parametrize("size", [1000, 4096, 2**20])
@pytest.mark.parametrize("before", [*range(0, 3 * MAX_DULL_BYTES, 25_001), MAX_DULL_BYTES - 20])
def test_a_tag_may_stand_anywhere_in_a_body_without_a_title(before: int, size: int) -> None:
    document = b"<head></head>" + b"x" * before + CARD + b"x" * 2000
    assert parsed(*in_chunks(document, size)).metas == OG


def test_a_script_of_the_body_may_be_long() -> None:
    text = "x" * (MAX_SCRIPTS_BYTES - 10)
    script = f"<script type='application/ld+json'>{text}</script>".encode()
    document = b"<title>Title</title></head>" + script + b"y" * 2**20
    assert parsed(document).json_ld == (text,)
    assert parsed(*in_chunks(document, 4096)).json_ld == (text,)


@pytest.mark.parametrize("body_bytes", [0, 1000, 16 * 1024, 100_000])
def test_a_body_is_read_as_far_as_the_setting_says(body_bytes: int) -> None:
    head = b"<head><title>Title</title></head>"
    before = b"x" * (body_bytes - len(CARD)) if body_bytes else b""
    assert parsed(head + before + CARD, body_bytes=body_bytes).metas == (OG if body_bytes else ())
    assert parsed(head + before + b"<p>" + CARD + b" " * 99, body_bytes=body_bytes).metas != OG
    document = head + b"<p>the text of a paragraph</p>" * 10_000
    wanted = bytes_wanted(document, body_bytes, chunk=1)
    assert len(head) + body_bytes <= wanted <= len(head) + body_bytes + 1


@pytest.mark.parametrize("size", [100, 1000, 2**20])
def test_a_long_tag_does_not_hide_those_behind_it_at_the_end(size: int) -> None:
    """Neither where a body is read no further, nor where a tag is too long."""
    head = b"<head><title>Title</title></head>"
    tag = b"<link rel=icon href='" + b"x" * 9000 + b"'>"
    document = head + b"x" * (BODY_BYTES - len(tag + CARD)) + tag + CARD
    assert parsed(*in_chunks(document + b"x" * 9000, size)).metas == OG
    tag = b"<link rel=icon href='" + b"x" * (MAX_TOKEN_BYTES - 30) + b"'>"
    assert parsed(*in_chunks(b"<head>" + tag + CARD, 100 * size)).metas == OG


def test_a_page_without_a_title_is_read_on() -> None:
    scripts = b"<script>" + b"x" * 500_000 + b"</script>"
    document = b"<head></head><body>" + scripts + CARD + b"<p>text</p>" * 100_000
    assert parsed(document).metas == OG
    assert bytes_wanted(document) < len(scripts) + 2 * BODY_BYTES


@pytest.mark.parametrize(
    "document",
    [
        b"<head>" + (b"<script>" + b"x" * 10_000 + b"</script>") * 200,
        b"<head><style>" + b"x" * 2_000_000,
        b"<head></head><body>" + b"x" * 2_000_000,
        b"<head><title>" + b"x" * 2_000_000,
        b"<head><script type=application/ld+json>" + b"x" * 2_000_000,
    ],
    ids=["scripts", "style", "text", "title", "json-ld"],
)
def test_a_page_is_read_no_further_than_a_mebibyte(document: bytes) -> None:
    assert limits.MAX_BYTES <= bytes_wanted(document) <= limits.MAX_BYTES + 2 * CHUNK


@pytest.mark.parametrize(
    ("document", "limit"),
    [
        (b"<a " * 330_000, MAX_TOKEN_BYTES),
        (b"<meta " + b" ".join(b"a%d=1" % n for n in range(120_000)) + b">", MAX_TOKEN_BYTES),
        (b"<meta name=a content='" + b"x" * 1_000_000, MAX_TOKEN_BYTES),
        (b"<head>" + b"<b>" * 300_000, BODY_BYTES),
        (b"<title>T</title>" + b"<b></p>" * 150_000, BODY_BYTES),
        (b"<head><template>" + b"<template>" * 100_000, 11 * MAX_TOLD),
        (b"<head>" + b"</svg>" * 170_000, 7 * MAX_TOLD),
        (b"<script>" + b"<!-->" * 200_000, 5 * MAX_TOLD),
    ],
)
def test_a_hostile_document_is_given_up_early(document: bytes, limit: int) -> None:
    document = b"<title>T</title>" + document
    assert bytes_wanted(document) <= limit + 2 * CHUNK
    assert parsed(document) == parsed(*in_chunks(document, CHUNK))


def test_a_text_of_megabytes_is_not_kept() -> None:
    for opening, limit in (
        (b"<title>", MAX_TITLE_BYTES),
        (b"<script type=application/ld+json>", MAX_SCRIPTS_BYTES),
    ):
        parser = HeadParser(BODY_BYTES)
        parser.feed(opening)
        for _ in range(1000):
            parser.feed(b"x" * 1000)
            assert sum(map(len, parser._tags._text or ())) <= limit
        assert parser.close() == Found()


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (b"<head>" + CARD + b"</head>" + b"<p>" * 50_000, len(b"<head>" + CARD)),
        (b"<script>" + b"x" * 180_000 + b"</script>" + CARD + b"</head>", 180_017 + len(CARD)),
        (b"<title>T</title></head><p>", len(b"<title>T")),
        (b"<head></head><p>", 0),
    ],
)
def test_it_counts_the_bytes_up_to_the_tags_of_a_card(document: bytes, expected: int) -> None:
    for chunks in ([document], in_chunks(document, 1000)):
        parser = HeadParser(BODY_BYTES)
        for chunk in chunks:
            parser.feed(chunk)
        parser.close()
        assert parser.bytes_to_metadata == expected


def test_closing_again_gives_the_same_and_nothing_more_is_taken() -> None:
    parser = HeadParser(BODY_BYTES)
    parser.feed(b"<title>x</title>")
    assert parser.close() == Found(title="x")
    assert parser.feed(b"<meta name=a content=b>")
    assert parser.close() == Found(title="x")


def test_two_pages_at_once_are_kept_apart() -> None:
    one, two = HeadParser(BODY_BYTES), HeadParser(BODY_BYTES)
    for left, right in zip(b"<title>One</title>", b"<title>Two</title>", strict=True):
        one.feed(bytes([left]))
        two.feed(bytes([right]))
    assert (one.close().title, two.close().title) == ("One", "Two")


TAGS = rb"""<title>|</title>|<head>|</head>|<body>|<body a='>'>|<html lang=x>|<style>|</style>
|<STYLE a>|<script>|</script>|<script type=|application/ld+json>|<!--|-->|<template>|</template>
|<svg>|</svg>|<svg/>|<title/>|<meta property=og:title content='|<link rel=image_src href=/a>|'>|">
|<link rel="icon" href="/b">|<base href=/b>|<input type=|password>|<iframe>|</iframe>|<p title='
|<div>|</p>|&amp;|<|text|<script async src=a></script>|<meta name="description" content="
|<meta name="viewport" content="a">""".replace(b"\n", b"").split(b"|")
FILLERS = [
    b" " * 4000,
    b"<p>text</p>" * 1500,
    b"x" * 17_000,
    b"<svg></svg>" * 400,
    b"<script a='b'>",
]
DOCUMENTS = st.lists(
    st.sampled_from([*TAGS, *TAGS, CARD, b"\0", b"\xff", b"\xe2\x98", b"\r\n", *FILLERS]),
    max_size=30,
).map(b"".join)


@given(
    document=DOCUMENTS,
    cuts=st.lists(st.integers(0, 150_000), max_size=8),
    body_bytes=st.sampled_from([0, 5000, BODY_BYTES]),
)
@settings(max_examples=300)
def test_tags_are_the_same_however_a_document_is_cut(
    document: bytes, cuts: list[int], body_bytes: int
) -> None:
    edges = [0, *sorted(min(cut, len(document)) for cut in cuts), len(document)]
    chunks = [document[start:end] for start, end in pairwise(edges)]
    whole = parsed(document, body_bytes=body_bytes)
    assert parsed(*chunks, body_bytes=body_bytes) == whole
    assert parsed(*in_chunks(document, 997), body_bytes=body_bytes) == whole


@given(st.binary(max_size=500))
def test_any_bytes_have_tags(document: bytes) -> None:
    assert parsed(document) == parsed(*in_chunks(document, 1))
