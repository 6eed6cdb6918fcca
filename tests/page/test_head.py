"""How far a document is read, and that its tags come out the same however it was cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.page import head as limits
from preview_service.page.head import HeadParser
from preview_service.page.tags import MAX_SCRIPT_CHARS, Found

BODY_BYTES = 64 * 1024
CHUNK = 1024

CARD = (
    b"<meta property=og:title content=Title><meta name=description content=Text>"
    b"<meta property=og:image content=/a.png>"
)
OG = (("og:title", "Title"), ("description", "Text"), ("og:image", "/a.png"))


def parsed(*chunks: bytes, body_bytes: int = BODY_BYTES) -> Found:
    parser = HeadParser(body_bytes)
    try:
        for chunk in chunks:
            if parser.feed(chunk):
                break
    finally:
        found = parser.close()
    return found


def bytes_wanted(document: bytes, body_bytes: int = BODY_BYTES, chunk: int = CHUNK) -> int:
    """How much of *document* is taken before it is enough."""
    parser = HeadParser(body_bytes)
    try:
        for start in range(0, len(document), chunk):
            if parser.feed(document[start : start + chunk]):
                return min(len(document), start + chunk)
    finally:
        parser.close()
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
        (b"<title>caf\xc3\xa9 \xff</title>", Found(title="café \ufffd")),
        (b"<title>a\0b</title>", Found(title="a\ufffdb")),
        (b"<title>&#xD800;&#0;</title>", Found(title="\ufffd\ufffd")),
        (b"<HTML LANG=de><BASE HREF=/x/>", Found(lang="de", base="/x/")),
        (b"<meta name=a content='x > y'>", Found(metas=(("a", "x > y"),))),
        (b"<meta name=a content=x name=b content=y>", Found(metas=(("a", "x"),))),
        (b"<meta name=a content='a&copy=1&amp;b'>", Found(metas=(("a", "a&copy=1&b"),))),
        (b"<!-- <meta name=a content=x> --><meta name=b content=y>", Found(metas=(("b", "y"),))),
        (b"<!--><meta name=b content=y>", Found(metas=(("b", "y"),))),
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
        (b"<body><script type='application/ld+json'>[]</script>", Found(json_ld=("[]",))),
    ],
)
def test_tags_are_read_as_a_browser_reads_them(document: bytes, expected: Found) -> None:
    assert parsed(document) == expected
    assert parsed(*(bytes([byte]) for byte in document)) == expected


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
    assert bytes_wanted(document, chunk=1) == len(head)
    assert parsed(document).metas == OG


def test_what_the_head_does_not_say_is_looked_for_in_the_body() -> None:
    head = b"<head><title>Title</title></head><body>"
    filler = b"<p>text</p>" * 1000
    document = head + filler + CARD + filler * 100
    assert parsed(document).metas == OG
    assert bytes_wanted(document) < len(head) + 3 * len(filler) + 2 * limits.BLOCK


@pytest.mark.parametrize("before", range(limits.BLOCK - 40, limits.BLOCK + 2))
def test_a_tag_of_the_body_may_stand_across_two_blocks(before: int) -> None:
    document = b"<title>Title</title></head>" + b"x" * before + CARD + b"x" * 2 * limits.BLOCK
    assert parsed(document).metas == OG


def test_a_script_of_the_body_may_be_longer_than_a_block() -> None:
    text = "x" * 3 * limits.BLOCK
    script = f"<script type='application/ld+json'>{text}</script>".encode()
    document = b"<title>Title</title></head>" + script + b"y" * 2 * limits.BLOCK
    assert parsed(document).json_ld == (text,)


def test_no_more_is_held_than_a_few_blocks() -> None:
    parser = HeadParser(BODY_BYTES)
    parser.feed(b"<head></head>")
    for _ in range(60):
        parser.feed(b"x" * limits.BLOCK)
        assert len(parser._held) <= limits.MAX_HELD + limits.BLOCK
    parser.close()


@pytest.mark.parametrize("body_bytes", [0, 1000, 16 * 1024, 100_000])
def test_a_body_is_read_as_far_as_the_setting_says(body_bytes: int) -> None:
    head = b"<head><title>Title</title></head>"
    before = b"x" * (body_bytes - len(CARD)) if body_bytes else b""
    assert parsed(head + before + CARD, body_bytes=body_bytes).metas == (OG if body_bytes else ())
    assert parsed(head + before + b"<p>" + CARD + b" " * 99, body_bytes=body_bytes).metas != OG
    document = head + b"<p>the text of a paragraph</p>" * 10_000
    assert bytes_wanted(document, body_bytes, chunk=1) == len(head) + body_bytes


def test_a_page_without_a_title_is_read_on() -> None:
    scripts = b"<script>" + b"x" * 500_000 + b"</script>"
    document = b"<head></head><body>" + scripts + CARD + b"<p>text</p>" * 100_000
    assert parsed(document).metas == OG
    assert bytes_wanted(document) < len(scripts) + 2 * limits.BLOCK


@pytest.mark.parametrize(
    "document",
    [
        b"<head>" + (b"<script>" + b"x" * 10_000 + b"</script>") * 200,
        b"<head><style>" + b"x" * 2_000_000,
        b"<head></head><body>" + b"x" * 2_000_000,
    ],
    ids=["scripts", "style", "text"],
)
def test_a_page_is_read_no_further_than_a_mebibyte(document: bytes) -> None:
    assert limits.MAX_BYTES <= bytes_wanted(document) <= limits.MAX_BYTES + 2 * CHUNK


def test_a_stray_element_does_not_hide_what_is_left_of_the_head() -> None:
    links = b"<link rel=canonical href=/a><link rel=icon href=/b>"
    filler = b"<script>x</script>" * 2000
    document = b"<head><title>T</title><div></div>" + filler + links + b"</head><body>"
    assert [link.href for link in parsed(document).links] == ["/a", "/b"]


@pytest.mark.parametrize(
    "document",
    [
        b"<p>" * 300_000,
        b"<b></p>" * 150_000,
        b"<head><template>" + b"<b></x>" * 150_000,
        b"<a " * 330_000,
        b"<meta " + b" ".join(b"a%d=1" % number for number in range(120_000)) + b">",
        b"<meta name=a content='" + b"x" * 1_000_000,
        b"<head><template>" + b"".join(b"<t%d></t%d>" % (n, n) for n in range(60_000)),
        b"<head><template>" + b"<template>" * 100_000,
        b"<!--" * 250_000,
    ],
    ids=[
        *("open-tags", "stray-end-tags", "stray-end-tags-in-head", "open-tag", "attributes"),
        *("value", "names", "templates", "comments"),
    ],
)
def test_a_hostile_document_is_given_up_early(document: bytes) -> None:
    """Each is a megabyte that libxml2 would read in up to 18 s, or remember for ever."""
    assert bytes_wanted(document) <= 3 * limits.MAX_SILENCE


def test_a_script_of_megabytes_is_not_kept() -> None:
    document = b"<script type=application/ld+json>" + b'["x",' * 2_000_000
    assert parsed(document).json_ld == ()
    short = b"<script type=application/ld+json>" + b"x" * MAX_SCRIPT_CHARS + b"</script>"
    assert len(parsed(short).json_ld[0]) == MAX_SCRIPT_CHARS


@pytest.mark.parametrize(
    ("document", "least"),
    [
        (b"<head>" + CARD + b"</head>" + b"<p>" * 50_000, len(CARD)),
        (b"<head><script>" + b"x" * 180_000 + b"</script>" + CARD + b"</head>", 180_000),
        (b"<head><title>T</title></head><p>", 8),
        (b"<head></head><p>", 0),
    ],
)
def test_it_counts_the_bytes_up_to_the_tags_of_a_card(document: bytes, least: int) -> None:
    parser = HeadParser(BODY_BYTES)
    parser.feed(document)
    parser.close()
    assert least <= parser.bytes_to_metadata <= (least and least + limits.BLOCK)


def test_closing_again_gives_the_same() -> None:
    parser = HeadParser(BODY_BYTES)
    parser.feed(b"<title>x</title>")
    assert parser.close() is parser.close()


def test_a_parser_that_is_used_again_remembers_nothing() -> None:
    parsed(b"<html lang=en><base href=/><svg><template><title>One</title>" + CARD)
    parsed(b"<html lang=en><script type=application/ld+json>{")
    assert parsed(b"<title>Two</title>") == Found(title="Two")


def test_two_pages_at_once_are_kept_apart() -> None:
    one, two = HeadParser(BODY_BYTES), HeadParser(BODY_BYTES)
    for left, right in zip(b"<title>One</title>", b"<title>Two</title>", strict=True):
        one.feed(bytes([left]))
        two.feed(bytes([right]))
    assert (one.close().title, two.close().title) == ("One", "Two")


FRAGMENTS = st.sampled_from(
    [
        *(
            b"<title>",
            b"</title>",
            b"<head>",
            b"</head>",
            b"<body>",
            b"<body a='>'>",
            b"<html lang=x>",
        ),
        *(
            b"<style>",
            b"</style>",
            b"<STYLE a>",
            b"<script>",
            b"</script>",
            b"<script type=",
            b"<!--",
        ),
        *(
            b"application/ld+json>",
            b"-->",
            b"<template>",
            b"</template>",
            b"<svg>",
            b"</svg>",
            CARD,
        ),
        *(b"<meta property=og:title content='", b"<link rel=image_src href=/a>", b"<base href=/b>"),
        *(
            b"'>",
            b'">',
            b"<div>",
            b"</p>",
            b"&amp;",
            b"<",
            b"\0",
            b"\xff",
            b"\xe2\x98",
            b"\r\n",
            b"text",
        ),
        *(b" " * 4000, b"<p>text</p>" * 1500, b"x" * 17_000),
    ]
)


@given(
    fragments=st.lists(FRAGMENTS, max_size=30), cuts=st.lists(st.integers(0, 150_000), max_size=8)
)
def test_tags_are_the_same_however_a_document_is_cut(
    fragments: list[bytes], cuts: list[int]
) -> None:
    document = b"".join(fragments)
    edges = [0, *sorted(min(cut, len(document)) for cut in cuts), len(document)]
    chunks = [document[start:end] for start, end in pairwise(edges)]
    assert parsed(*chunks) == parsed(document)


@given(st.binary(max_size=500))
def test_any_bytes_have_tags(document: bytes) -> None:
    assert parsed(document) == parsed(*(bytes([byte]) for byte in document))
