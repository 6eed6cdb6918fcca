"""What feeds of every format call themselves, and that broken ones do no harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.page.feed import FeedFacts, feed_type, has_entry, read_feed

RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel>
<image><title>A logo</title></image><itunes:title>Not this</itunes:title>
<title>Trail news</title><description>What is new on the trail.</description>
<item><title>An entry</title></item>"""
RSS_1 = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
xmlns="http://purl.org/rss/1.0/"><channel rdf:about="x"><title>Trail news</title>
<description>What is new on the trail.</description><items><rdf:Seq/></items></channel><item>"""
ATOM = """<?xml version="1.0" encoding="utf-8"?><?xml-stylesheet href="a.xsl"?><!-- hello -->
<feed xmlns="http://www.w3.org/2005/Atom"><author><name>Ada Example</name></author>
<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Trail <b>news</b></div></title>
<subtitle>What is new on the trail.</subtitle><entry><title>An entry</title>"""
JSON = r"""{"version": "https:\/\/jsonfeed.org\/version\/1.1", "title": "Trail \"items\": [ news",
"description": "What is new on the trail.", "authors": [{"name": "Ada Example"}],
"items": [{"id": 1, "title": "An en"""


@pytest.mark.parametrize(
    ("text", "media_type", "title", "author"),
    [
        (RSS, "application/rss+xml", "Trail news", None),
        (RSS_1, "application/rss+xml", "Trail news", None),
        (ATOM, "application/atom+xml", "Trail news", "Ada Example"),
        (JSON, "application/feed+json", 'Trail "items": [ news', "Ada Example"),
    ],
)
def test_every_format_is_known_and_read_up_to_its_first_entry(
    text: str, media_type: str, title: str, author: str | None
) -> None:
    assert feed_type(text.encode()) == media_type
    assert has_entry(text.encode())
    assert read_feed(text) == FeedFacts(
        title=title, description="What is new on the trail.", author=author
    )


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"<!doctype html><html>",
        b"<html><rss>",
        b"<rssx>",
        b"<!-- <rss>",
        b"<rdf:RDF xmlns='http://xmlns.com/foaf/0.1/'>",
        b'{"version": "1.1", "items": []}',
        b'["version": "https://jsonfeed.org/version/1"]',
    ],
)
def test_what_only_resembles_a_feed_is_none(head: bytes) -> None:
    assert feed_type(head) is None


@pytest.mark.parametrize(
    "head", [b"<rss>", b"\xef\xbb\xbf\n <feed xmlns='x'>", b"<!DOCTYPE rss SYSTEM 'x'><rss\n>"]
)
def test_a_feed_is_known_behind_what_may_precede_it(head: bytes) -> None:
    assert feed_type(head) is not None
    assert not has_entry(head)


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Fish & chips", "Fish & chips"),
        ("Fish &amp; chips", "Fish & chips"),
        ("Fish &amp;amp; chips", "Fish & chips"),
        ("Fish&nbsp;&#38;&nbsp;chips", "Fish & chips"),
        ("<![CDATA[<b>Fish</b> &amp; chips]]>", "Fish & chips"),
        ("&lt;b&gt;Fish&lt;/b&gt;", "Fish"),
        ("1 &lt; 2", "1 < 2"),
        ("Fi\x0bsh\x00", "Fish"),
        ("\u202eFish", "Fish"),
        (" \n ", None),
        ("Fi<unclosed>sh", None),
        ("F" * 400, "F" * 300),
    ],
)
def test_a_title_is_plain_text_however_it_is_written(written: str, title: str | None) -> None:
    assert read_feed(f"\n<rss><channel><title>{written}</title>").title == title


def test_a_document_that_defines_entities_is_read_no_further() -> None:
    bomb = '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    assert read_feed(f"{bomb}<rss><channel><title>&b;</title>") == FeedFacts()


def test_what_comes_before_a_fault_is_kept() -> None:
    feed = read_feed("<rss><channel><title>Trail news</title></oops><description>x</description>")
    assert feed == FeedFacts(title="Trail news")


@pytest.mark.parametrize("text", ['{"title": 1}', '{"title": "x"', "{", "{" * 9000, '{"a":' * 9000])
def test_json_that_is_no_feed_says_nothing(text: str) -> None:
    assert read_feed(text) == FeedFacts()


@given(st.text(alphabet="<>/&;!?[]{}\"': rsfedchantilm\x00\ud800é", max_size=300))
def test_any_text_is_read(text: str) -> None:
    read_feed(text)
    read_feed(f"<rss><channel><title>{text}")


def test_a_reference_of_thousands_of_digits_is_borne() -> None:
    digits = "1" * 5000
    feed = f"<rss><channel><title><![CDATA[News &#{digits}; here]]></title><item/></channel></rss>"
    assert read_feed(feed).title == "News \ufffd here"
