"""Which tags a document has, by the standard's states, whatever is in it and however it was cut."""

import re
from collections.abc import Callable, Iterator
from html import escape
from itertools import pairwise
from pathlib import Path
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from preview_service.extractor import Row
from preview_service.page import markup
from preview_service.page.charset import Transcoder
from preview_service.page.content_type import parse
from preview_service.page.markup import MAX_DULL_BYTES, MAX_TOKEN_BYTES, MAX_TOLD, Markup
from preview_service.page.references import read_raw
from preview_service.page.tags import Found, Tags

FIXTURES = Path(__file__).parents[2] / "fixtures" / "pages"
CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "pages.jsonl"
FAR = 2**40

META = ("meta", {})
LD_JSON = ("script", {"type": "application/ld+json"})


class Recorder:
    """A target that is told of everything and wants every text."""

    def __init__(self) -> None:
        self.at = 0
        self.is_in_text = True
        self.is_in_drawing = False
        self.events: list[Any] = []

    def meta(self, name: str, content: str) -> None:
        self.events.append(("meta", name, content))

    def link(self, rel: str, href: str, media_type: str | None, sizes: str) -> None:
        self.events.append(("link", rel, href, media_type, sizes))

    def start(self, name: str, attributes: dict[str, str]) -> None:
        given = attributes.keys() - {"title"}
        if name == "meta" and given in ({"name", "content"}, {"property", "content"}):
            key = attributes.get("name", attributes.get("property", ""))
            self.meta(key.lower(), attributes["content"])
        elif name == "link" and {"rel", "href"} <= given <= {"rel", "href", "type", "sizes"}:
            values = (attributes["rel"], attributes["href"], attributes.get("type"))
            self.link(*values, attributes.get("sizes", ""))
        else:
            self.events.append((name, attributes))
        self.is_in_drawing |= name == "svg"

    def end(self, name: str) -> None:
        self.events.append(f"/{name}")
        self.is_in_drawing &= name != "svg"

    def data(self, text: bytes) -> None:
        if isinstance(self.events[-1], bytes):
            self.events[-1] += text
        elif text:
            self.events.append(text)


def cases(text: bytes) -> list[bytes]:
    """Apart from each other by white space; "_" is a space of their own."""
    return [case.replace(b"_", b" ") for case in text.split()]


def fill(target: markup.Target, *pieces: bytes) -> Markup:
    document = Markup(target)
    for piece in pieces:
        document.feed(piece)
        while document.read(FAR):
            pass
    document.finish()
    while document.read(FAR):
        pass
    return document


def events(*pieces: bytes) -> list[Any]:
    target = Recorder()
    fill(target, *pieces)
    return target.events


def found(*pieces: bytes) -> Found:
    target = Tags()
    fill(target, *pieces)
    return target.found()


def singly(document: bytes) -> list[bytes]:
    return [bytes([byte]) for byte in document]


@pytest.fixture(autouse=True, scope="module")
def nothing_is_dull() -> Iterator[None]:
    """Have the bodies of these short documents read, though there is little in them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markup, "MAX_DULL_BYTES", -1)
        yield


COMMENTS = cases(rb"""
    <!----> <!--a>b--> <!--> <!---> <!-----> <!--a---> <!--a--!> <!----!> <!---!>--> <!--!>-->
    <!--a--!->--> <!---a>--> <!--a-!>--> <!--a--!--> <!--<!----> <!--<!--> <!--<!--!> <!--a->-->
    <!--<p/a='--> <!--<script>--> <!--a--a>--> <!> <!-> <!x> <!doctype> <!DOCTYPE'a> <!-a-->
    <![CDATA[a> <?> <?xml?> <?php'> </> </1'> </!--a> </?> </<p> </'>
""")


@pytest.mark.parametrize("comment", [*COMMENTS, b"<!-- \0\r\n >-- >-->", b"</ p a='>", b"</\0>"])
def test_a_comment_ends_where_the_standard_says(comment: bytes) -> None:
    for document in (b"%b<meta>" % comment, b"<body>%b<meta>" % comment):
        assert events(document)[-1:] == [META]
        assert events(*singly(document))[-1:] == [META]
    # Not before: without its last byte it goes on, as far as the next ">" at least.
    assert META not in events(comment[:-1] + b"<meta>")


@pytest.mark.parametrize(
    "text",
    [
        *b"< << <<< 1<2 <1> <= <- --> <> ]]> ' \" & &lt;p>".split(),
        b"< p>",
        b"<\0",
        b"<\xc3\xa9>",
        b"\xff",
    ],
)
def test_a_less_than_sign_that_opens_no_tag_is_text(text: bytes) -> None:
    assert events(text + b"<meta>") == [META]
    assert events(b"<body>%b<meta>%b" % (text, text)) == [("body", {}), META]
    assert events(*singly(text + b"<meta>")) == [META]


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        (b"", {}),
        (b" ", {}),
        (b"/", {}),
        (b" / / ", {}),
        (b" a", {"a": ""}),
        (b" a=", {"a": ""}),
        (b" a =\n", {"a": ""}),
        (b" a=b", {"a": "b"}),
        (b" a = b ", {"a": "b"}),
        (b"\ta\n=\f'b'\r\n", {"a": "b"}),
        (b"/a=b/c=d", {"a": "b/c=d"}),
        (b' a="b"c="d"', {"a": "b", "c": "d"}),
        (b" a='b'/c='d'/", {"a": "b", "c": "d"}),
        (b" a=\"<p>'\" b='>\"'", {"a": "<p>'", "b": '>"'}),
        (b" a=\"\" b='' c", {"a": "", "b": "", "c": ""}),
        (b" a=b/", {"a": "b/"}),
        (b" a=b'c\"d=e`<f", {"a": "b'c\"d=e`<f"}),
        (b" a /=b", {"a": "", "=b": ""}),
        (b" =a", {"=a": ""}),
        (b" ==a", {"=": "a"}),
        (b" = a=b", {"=": "", "a": "b"}),
        (b" 'a\"<=b", {"'a\"<": "b"}),
        (b" A=1 a=2 B", {"a": "1", "b": ""}),
        (b" \xc3\x89=\xc3\x89", {"é": "É"}),
        (b" a\0b=c\0d", {"a\ufffdb": "c\ufffdd"}),
        (b" a='b\r\nc\rd'", {"a": "b\nc\nd"}),
        (b" a='\xff'", {"a": "\ufffd"}),
        (b" a=b&amp;c&lt", {"a": "b&c<"}),
        (b" a='?x=1&copy=2&amp=3&#38;'", {"a": "?x=1&copy=2&amp=3&"}),
        (b" &amp;=&amp;", {"&amp;": "&"}),
        (b" a=&quot;b c&quot;", {"a": '"b', "c&quot;": ""}),
    ],
)
def test_attributes_are_read_as_the_standard_says(text: bytes, attributes: dict[str, str]) -> None:
    for name in (b"p", b"base", b"textarea"):
        tag = b"<%b%b>" % (name, text)
        assert events(tag)[0] == (name.decode(), attributes)
        assert events(b"<body>" + tag)[1:2] == (
            [] if name == b"p" else [(name.decode(), attributes)]
        )
        assert events(*singly(tag))[0] == (name.decode(), attributes)


@pytest.mark.parametrize("tag", [b"<p a='b' c=\"d\" e=f g/>", b"</template a='>'>", b"<!-- a --!>"])
def test_what_the_document_breaks_off_in_is_nothing(tag: bytes) -> None:
    assert all(events(b"<head>" + tag[:end]) == [] for end in range(len(tag)))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (b"<title>a<b>c&amp;</title>", [("title", {}), b"a<b>c&amp;", "/title"]),
        (b"<TITLE A=b>a</TiTlE\f>", [("title", {"a": "b"}), b"a", "/title"]),
        (b"<title/>a</title/>", [("title", {}), b"a", "/title"]),
        (b"<title>a</title b='>'><meta>", [("title", {}), b"a", "/title", META]),
        (
            b"<title>a</titles></ title></title",
            [("title", {}), b"a</titles></ title></title", "/title"],
        ),
        (b"<title></title><title>", [("title", {}), "/title", ("title", {}), "/title"]),
        (b"<title><!--</title>-->", [("title", {}), b"<!--", "/title"]),
        (b"<titles><meta>", [("titles", {}), META]),
        (b"<ti\0tle><meta>", [("ti\0tle", {}), META]),
        (b"<textarea></title></textarea>", [("textarea", {}), b"</title>", "/textarea"]),
        (b"<style a=b>a</style>", [("style", {"a": "b"}), b"a", "/style"]),
        (b"<style a=b><!--</style>-->", [("style", {"a": "b"}), b"<!--", "/style"]),
        (b"<xmp><meta></xmp><meta>", [("xmp", {}), b"<meta>", "/xmp", META]),
        (b"<iframe>&amp;</iframe>", [("iframe", {}), b"&amp;", "/iframe"]),
        (b"<noembed><p></noembed>", [("noembed", {}), b"<p>", "/noembed"]),
        (b"<noframes><p></noframes>", [("noframes", {}), b"<p>", "/noframes"]),
        (b"<plaintext></plaintext>", [("plaintext", {}), b"</plaintext>", "/plaintext"]),
        (
            b'<script type="module\'></script>"></script><meta>',
            [("script", {"type": "module'></script>"}), "/script", META],
        ),
        (b"<comment>a--><meta>", [("comment", {}), META]),
        (b"<noscript><meta></noscript>", [META]),
        (b"<head></HEAD >", ["/head"]),
        (b"<svg><title/><meta></svg>", [("svg", {}), ("title", {}), "/title", META, "/svg"]),
        (b"<svg/><title/></title>", [("svg", {}), "/svg", ("title", {}), "/title"]),
    ],
)
def test_the_text_of_some_elements_is_no_markup(document: bytes, expected: list[Any]) -> None:
    assert events(document) == expected
    assert events(*singly(document)) == expected


SCRIPTS = cases(rb"""
    a<b> </scripts> </_script> </s</script< <!-- <!--_<script <! <!--_<script_-->
    <!--_<scripts></scripts> <script></scrip <!--<!script> <!--_<script></script>_-->
    <!--_<script></script><script></script> <!--<SCRIPT/></script/> <!--<script></script_-->
    <!--_<script>--><script> <!--><script> <!---><script>
    <!--<script></script>--!><script></script> <!--<script>--_></script>
    <!--<script>--></scripting> <!--a--!><!--<script>-->
""")


@pytest.mark.parametrize("text", [b"", *SCRIPTS])
@pytest.mark.parametrize("tag", [b"<script type=application/ld+json>", b"<script>", b"<SCRIPT\f>"])
def test_a_script_ends_where_the_standard_says(tag: bytes, text: bytes) -> None:
    document = b"%b%b</sCript a='>'><meta>" % (tag, text)
    for whole in (events(document), events(*singly(document))):
        assert whole[-1] == META
        assert [event for event in whole[:-1] if isinstance(event, bytes)] in ([text], [])
        assert tag != b"<script type=application/ld+json>" or whole[0] == LD_JSON


@pytest.mark.parametrize("text", [b"<!--<script>", b"<!--<script></script", b"<!--<script --!>"])
def test_an_escaped_script_hides_an_end_tag(text: bytes) -> None:
    document = b"<script type=application/ld+json>%b</script><meta>" % text
    assert events(document) == [LD_JSON, text + b"</script><meta>", "/script"]


SPACE = st.sampled_from([" ", "\t", "\n", "\r\n", "\f", "  "])
USUAL_TAGS = st.sampled_from(
    [
        ("meta", {"name": "description", "content": "A 'b' <c>"}),
        ("meta", {"property": "og:Title", "content": ""}),
        ("meta", {"content": "a", "property": "og:image"}),
        ("meta", {"name": "viewport", "content": "width=1"}),
        ("meta", {"charset": "utf-8"}),
        ("meta", {"http-equiv": "X-UA-Compatible", "content": "IE=edge"}),
        ("meta", {"http-equiv": "Refresh", "content": "0"}),
        ("meta", {"http-equiv": "refresher", "content": "0"}),
        ("meta", {"data-rh": "true", "property": "og:title", "content": "a"}),
        ("meta", {"content": "a", "name": "description", "data-n-head": "ssr"}),
        ("link", {"rel": "stylesheet", "href": "/a.css"}),
        ("link", {"media": "print", "href": "/a.css", "rel": "stylesheet"}),
        ("link", {"crossorigin": "", "href": "//a.example", "rel": "icon"}),
        ("link", {"rel": "wlwmanifest", "type": "text/xml", "href": "/a.xml"}),
        ("link", {"rel": "alternate", "hreflang": "de", "href": "/de"}),
        ("link", {"rel": "alternate", "type": "application/rss+xml", "title": "a", "href": "/a"}),
        ("link", {"rel": "Shortcut Icon", "href": "/a.ico"}),
        ("link", {"rel": "icon", "sizes": "16x16", "href": "/a.png"}),
        ("script", {"type": "text/javascript", "src": "/a.js", "async": ""}),
        ("script", {"type": "module"}),
        ("script", {"type": "application/ld+json"}),
        ("style", {"type": "text/css", "media": "print"}),
        ("input", {"type": "password"}),
        ("html", {"lang": "en"}),
        ("base", {"href": "/a/"}),
    ]
)


def usual(name: str, attributes: dict[str, str]) -> str:
    return f"<{name}" + "".join(f' {key}="{value}"' for key, value in attributes.items()) + ">"


@st.composite
def odd(draw: st.DrawFn, name: str, attributes: dict[str, str]) -> str:
    """The same tag in capitals, with other quotes, spaces and references, and attributes twice."""
    cased = st.sampled_from([str.lower, str.upper, str.title])
    tag = f"<{draw(cased)(name)}"
    for key, value in attributes.items():
        bare = re.search(r"""[\s"'<>&]""", value) is None and value
        quotes = st.sampled_from(["{}", '"{}"', "'{}'"] if bare else ['"{}"'])
        written = "".join(draw(st.sampled_from([letter, f"&#{ord(letter)};"])) for letter in value)
        tag += draw(SPACE) + draw(cased)(key)
        tag += draw(st.sampled_from(["=", " = ", "\n="])) + draw(quotes).format(written)
    twice = draw(st.sampled_from(["", *(f' {key}="twice"' for key in attributes)]))
    return tag + twice + draw(st.sampled_from(["", " ", " x-y", " x='y'", "\t/"])) + ">"


@given(
    data=st.data(),
    before=st.sampled_from([b"<head>", b"<body>", b"a <!-- > --> < b<p a='>'>"]),
    tags=st.lists(USUAL_TAGS, min_size=1, max_size=3),
)
def test_a_tag_is_the_same_however_it_is_written(
    data: st.DataObject, before: bytes, tags: list[tuple[str, dict[str, str]]]
) -> None:
    pairs = [(usual(*tag), data.draw(odd(*tag)), tag[0]) for tag in tags]
    texts = {"script": "1 <b> <p '</script>", "style": "a > b {}</style>"}
    documents = [
        before + "".join(pair[way] + texts.get(pair[2], "") for pair in pairs).encode()
        for way in (0, 1)
    ]
    assert found(documents[0]) == found(documents[1])
    assert found(documents[0]) == found(*singly(documents[1]))


FRAGMENTS = cases(rb"""
    < </ <! <!-- -- - ! > --> --!> <? / = ' " & &amp; &#x41 &copy &notit; a _b=c _d='e' _f="
    <title> </title> </TITLE <textarea> </textarea> <xmp> </xmp_> <plaintext> <style> <STYLE
    </style> <script> <script </script> </SCRIPT <script_type=application/ld+json>
    <script_type="module"> <script_type='module" <iframe> </iframe> <noframes> <noembed>
    </noembed/ <svg> <svg/> </svg> <template> </template> </head> <body> <p> </p> <p <1>
    <comment> ]]> <noscript> <!doctype_html> <![CDATA[ <meta <base <link <input <html
    <meta_name="a"_content="b"> <meta_name="viewport"_content=" <link_rel="stylesheet"_href=a>
    <link_href="a"_rel="stylesheet" _rel="icon"
    <link_rel="icon" _type=password <link_rel="icon"_href="a"> _name=c_content=d _property="e"
""")
WHITE = [b" ", b" ", b"\t", b"\n", b"\r", b"\r\n", b"\f"]
ODD = [b"\0", b"\xff", b"\xe2\x98", b"\xc3\xa9"]
SOUP = st.lists(st.sampled_from([*FRAGMENTS, *WHITE, *ODD]), max_size=16).map(b"".join)


@given(SOUP, st.lists(st.integers(1, 200), max_size=4))
@settings(max_examples=400)
def test_the_tags_are_the_same_however_a_document_is_cut(document: bytes, cuts: list[int]) -> None:
    whole = events(document)
    edges = [0, *sorted(min(cut, len(document)) for cut in cuts), len(document)]
    assert events(*(document[start:end] for start, end in pairwise(edges))) == whole
    assert events(*singly(document)) == whole


class Peer:
    """The same tags as libxml2 sees them, as a target of lxml's."""

    def __init__(self) -> None:
        self._tags = Tags()
        self._open = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._open = name
        self._tags.start(name, dict(attributes))

    def end(self, name: str) -> None:
        self._tags.end(name)

    def data(self, text: str) -> None:
        # References are resolved already, and are not to be resolved again.
        text = escape(text, quote=False) if self._open == "title" else text
        self._tags.data(text.encode())

    def close(self) -> Found:
        return self._tags.found()


def peer_found(document: bytes) -> Found:
    parser = etree.HTMLParser(target=Peer(), encoding="utf-8", huge_tree=True)
    parser.feed(b"<!doctype html>" + document)
    return parser.close()


def as_the_peer_has_it(page: Found, document: bytes) -> Found:
    """What we know to differ, and hold to be right by the standard, told as libxml2 does.

    An `<html>` that comes late gives the root its attributes; libxml2 tells its target nothing.
    """
    is_late = not re.match(
        rb"\s*(?:<!--(?:(?!-->).)*-->\s*|<\?[^>]*>\s*|<![^>]*>\s*)*<html",
        document,
        re.IGNORECASE | re.DOTALL,
    )
    return msgspec.structs.replace(page, lang=None) if is_late else page


def is_told_alike(document: bytes) -> bool:
    """Whether libxml2 follows the standard: it lets "<title/>" close, and "</p>" end a drawing that
    was opened within the paragraph but none that was opened outside.
    """
    return b"/>" not in document and not (b"<svg" in document and b"</p>" in document)


@given(SOUP.filter(is_told_alike))
@settings(max_examples=400)
def test_libxml2_finds_the_same_in_any_soup(document: bytes) -> None:
    clean = read_raw(document).encode()
    assert found(clean) == peer_found(clean)


def pages_of_fixtures() -> list[Path]:
    return sorted(path for path in FIXTURES.glob("*/*") if path.suffix in {".html", ".htm"})


@pytest.mark.parametrize("path", pages_of_fixtures(), ids=lambda path: path.parent.name)
def test_libxml2_finds_the_same_in_a_fixture(path: Path) -> None:
    transcoder = Transcoder()
    document = read_raw(transcoder.feed(path.read_bytes()) + transcoder.close()).encode()
    assert as_the_peer_has_it(found(document), document) == as_the_peer_has_it(
        peer_found(document), document
    )


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of real pages is not here")
def test_libxml2_finds_the_same_on_real_pages() -> None:
    rows = [msgspec.json.decode(line, type=Row) for line in CORPUS.read_bytes().splitlines()]
    differing = []
    for row in rows:
        kind = parse(row.content_type or "text/html")
        transcoder = Transcoder(kind.charset if kind else None)
        body = (CORPUS.parent / row.file).read_bytes()
        document = read_raw(transcoder.feed(body) + transcoder.close()).encode()
        peer = as_the_peer_has_it(peer_found(document), document)
        if as_the_peer_has_it(found(document), document) != peer:
            differing.append(row.id)
    assert len(rows) >= 500
    assert differing == []


def patterns() -> list[re.Pattern[Any]]:
    named = [value for value in vars(markup).values() if isinstance(value, re.Pattern)]
    return named + list(markup._ENDS.values())


def repeats(parsed: Any) -> Iterator[tuple[str, int, int]]:
    """Every quantifier at any depth: its kind, least and most."""
    for operation, argument in parsed:
        if str(operation).endswith("_REPEAT"):
            yield str(operation), argument[0], argument[1]
        for part in argument if isinstance(argument, tuple | list) else (argument,):
            for nested in part if isinstance(part, list) else (part,):
                if isinstance(nested, _parser.SubPattern):
                    yield from repeats(nested)


def first(parsed: Any) -> str:
    operation, argument = parsed[0]
    return first(argument[-1]) if str(operation) == "SUBPATTERN" else str(operation)


def test_what_is_searched_for_begins_with_no_quantifier() -> None:
    """Or it would be tried again from each place in what it first went over."""
    searched = [markup._ATTRIBUTE, markup._WORTH_READING, *markup._ENDS.values()]
    beginnings = {first(_parser.parse(pattern.pattern, pattern.flags)) for pattern in searched}
    assert beginnings <= {"LITERAL", "IN", "BRANCH", "FAILURE", "ASSERT_NOT"}


def test_no_quantifier_gives_back() -> None:
    """What a regular expression has read in a document's length it must not try again."""
    found_repeats = [
        repeat
        for pattern in patterns()
        for repeat in repeats(_parser.parse(pattern.pattern, pattern.flags))
    ]
    assert len(found_repeats) > 100
    assert {kind for kind, _, most in found_repeats if most > 1} == {"POSSESSIVE_REPEAT"}


class Counted:
    """A regular expression that adds up how many bytes it may have looked at."""

    looked = 0

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        self._pattern = pattern

    def match(self, text: bytes, start: int, end: int) -> re.Match[bytes] | None:
        found = self._pattern.match(text, start, end)
        # Behind what it steps over it looked for a tag, as far as there is anything.
        reached = found.end() if found and found.lastgroup else min(end, len(text))
        Counted.looked += reached - start
        return found

    def search(self, text: bytes, start: int, end: int | None = None) -> re.Match[bytes] | None:
        found = self._pattern.search(text, start, len(text) if end is None else end)
        reached = found.end() if found else len(text) if end is None else end
        Counted.looked += max(0, reached - start)
        return found


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> type[Counted]:
    for name in ("_IN_HEAD", "_IN_BODY", "_WORTH_READING"):
        monkeypatch.setattr(markup, name, Counted(getattr(markup, name)))
    ends = {name: Counted(pattern) for name, pattern in markup._ENDS.items()}
    monkeypatch.setattr(markup, "_ENDS", ends)
    monkeypatch.setattr(Counted, "looked", 0)
    return Counted


HOSTILE = cases(rb"""
    <a_ <b> <b></p> < </ <! <? <!-- <!--> <!--_--> - x <a_b=' <a_b="' <p/ <template> </svg>
    <title> <title></title> <script> <script_ <script_a= <script></script> <SCRIPT></SCRIPT>
    <style/> <meta> <meta_ <meta_name="a"_content=" <link_rel="icon"_ <input_type=w> & / _
""")
OPENINGS = cases(rb"""
    <body> <body><script> <script_type=application/ld+json> <title> <!-- <script><!-- <p_ <p_a='
    <meta_name=a_content=' <style> <body><link_
""")


@pytest.mark.parametrize("piece", [1, 1000, 2**16])
@pytest.mark.parametrize("dull_bytes", [-1, MAX_DULL_BYTES])
@pytest.mark.parametrize("opening", [b"", *OPENINGS])
def test_no_document_is_looked_at_over_and_over(
    counted: type[Counted],
    monkeypatch: pytest.MonkeyPatch,
    opening: bytes,
    dull_bytes: int,
    piece: int,
) -> None:
    monkeypatch.setattr(markup, "MAX_DULL_BYTES", dull_bytes)
    size = 1000 if piece == 1 else 10_000
    for hostile in HOSTILE:
        document = (opening + hostile * size)[:size]
        counted.looked = 0
        fill(Recorder(), *(document[at : at + piece] for at in range(0, size, piece)))
        # The end of a text that is still arriving is looked at again with each byte.
        assert counted.looked <= 16 * size, hostile


@pytest.mark.parametrize("opening", [b"", *OPENINGS])
def test_no_more_is_held_than_a_tag(opening: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "MAX_DULL_BYTES", MAX_DULL_BYTES)
    for hostile in (b"x", b"<p>", b"<a ", b"<script a=", b"<!--"):
        document, piece = Markup(Recorder()), (hostile * 2**14)[: 2**14]
        document.feed(opening)
        for _ in range(40):
            document.feed(piece)
            while document.read(FAR):
                pass
            if document.has_given_up:
                break
            assert len(document._held) <= max(MAX_TOKEN_BYTES, MAX_DULL_BYTES) + 2 * len(piece)


@pytest.mark.parametrize("pieces", [lambda it: [it], lambda it: [it[:9], it[9:]]])
@pytest.mark.parametrize("tag", [b"<meta a='%b'>", b"<p '%b'>", b"</p %b>", b"<!%b>", b"<?%b>"])
def test_at_a_tag_of_undue_length_a_document_is_given_up(
    tag: bytes, pieces: Callable[[bytes], list[bytes]]
) -> None:
    room = MAX_TOKEN_BYTES - len(tag % b"")
    for length, is_too_long in ((room, False), (room + 1, True)):
        document = b"<meta>%b<meta>" % (tag % (b"x" * length))
        target = Recorder()
        assert fill(target, *pieces(document)).has_given_up is is_too_long
        assert target.events[0] == META
        assert (target.events[1:].count(META) == 1) is not is_too_long


@pytest.mark.parametrize("size", [2**14, 2**20])
def test_a_text_may_be_of_any_length(size: int) -> None:
    text = b"x" * MAX_TOKEN_BYTES * 2
    for opening, end in (
        (b"<script>", b"</script>"),
        (b"<!--", b"-->"),
        (b"<style a=b>", b"</style>"),
    ):
        document = opening + text + end + b"<meta>"
        pieces = [document[at : at + size] for at in range(0, len(document), size)]
        assert events(*pieces)[-1] == META


@pytest.mark.parametrize(
    "tag", [b"<svg>", b"</svg>", b"<meta>", b"<title></title>", b"<script><!-- --></script>"]
)
def test_after_too_many_tags_a_document_is_given_up(tag: bytes) -> None:
    target = Recorder()
    assert fill(target, tag * (MAX_TOLD + 1)).has_given_up
    assert len(target.events) <= 2 * MAX_TOLD
    assert not fill(Recorder(), tag * (MAX_TOLD // 10)).has_given_up
    assert not fill(Recorder(), b"<p>" * 2 * MAX_TOLD).has_given_up


def test_after_too_many_attributes_a_document_is_given_up() -> None:
    tag = b"<base %b>" % b" ".join(b"a%d=1" % number for number in range(3000))
    target = Recorder()
    assert not fill(target, tag).has_given_up
    assert len(target.events[0][1]) == 3000
    assert fill(Recorder(), tag * (MAX_TOLD // 3000)).has_given_up


def test_after_too_many_references_a_document_is_given_up() -> None:
    tag = b"<base href='" + b"&amp;" * (MAX_TOLD // 2) + b"'>"
    assert not fill(Recorder(), tag).has_given_up
    assert fill(Recorder(), tag + tag).has_given_up


def test_of_too_many_attributes_the_first_count() -> None:
    tag = b"<base href=/a %b>" % b" ".join(b"a%d=1" % number for number in range(30_000))
    (_, attributes), *_ = events(tag)
    assert attributes["href"] == "/a"
    assert len(attributes) < 5000


def test_tags_that_end_too_far_are_not_told_of() -> None:
    target = Recorder()
    document = Markup(target)
    document.feed(b"<meta><body><meta><meta>")
    while document.read(18):
        pass
    assert target.events == [META, ("body", {}), META]
    assert target.at == 18


@pytest.mark.parametrize(
    ("tag", "is_read"),
    [
        *((b"<p>", False), (b"<svg>", False), (b"<script>", False), (b"<input>", False)),
        *((b"<title>", True), (b"<META\f>", True), (b"<link/", True), (b"<metal>", False)),
        *(
            (b"<script src='/a?b&c+d' type=text/javascript>", False),
            (b"<script async src=a>", False),
        ),
        *(
            (b"<script type='application/json'>", False),
            (b"<script type=application/ld+json>", True),
        ),
        *((b"<SCRIPT A='>' TYPE='Application/LD+JSON'>", True), (b"<script type='a&#43;b'>", True)),
        *((b"<script a='>' type=\"text/plain\">", False), (b"<script a=b>\"' type=", False)),
        *((b"<script type='ld&plus;json'>", True), (b"<script type = 'x'>", True)),
        *((b"<input type=text name='password'>", False), (b"<input a='>' type=password>", True)),
        *((b"<input TYPE=' Password'>", True), (b"<input type=pass&#119;ord>", True)),
    ],
)
def test_a_body_is_read_when_it_may_have_a_tag_that_counts(
    tag: bytes, is_read: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markup, "MAX_DULL_BYTES", MAX_DULL_BYTES)
    target = Recorder()
    document = Markup(target)
    document.feed(b"<body><svg>" + tag)
    while document.read(FAR):
        pass
    assert (("svg", {}) in target.events) is is_read


def test_before_python_3_11_5_the_tags_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its regular expressions need help there; here we can but see that it does no harm."""
    document = b"""<!-- --><head><meta name="a" content="b"><script async>1 <b></script>
        <style></style><link rel="stylesheet" href=a><link rel="icon" href="a"><p a = 'b' c><svg>
        <title>c</title></svg ><br/></p a=b><meta charset=d"""
    expected = events(document, b">")
    monkeypatch.setattr("preview_service.page.patterns._NEEDS_HELP", True)
    monkeypatch.setattr(markup, "_IN_HEAD", markup._step(markup._UNWANTED, b"(?!head|noscript)"))
    monkeypatch.setattr(markup, "_IN_BODY", markup._step(b"(?:[bp])", b"(?![bp])"))
    assert "|(?!))*+" in markup._IN_HEAD.pattern.decode()
    assert events(document, b">") == expected


def test_a_body_is_left_unread_again_behind_a_tag_that_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(markup, "MAX_DULL_BYTES", MAX_DULL_BYTES)
    target = Recorder()
    fill(target, b"<body><svg>" + b"x" * 1000 + b"<meta><svg>", b"<svg>")
    assert target.events == [("body", {}), ("svg", {}), META]
