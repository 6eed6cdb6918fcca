"""What of a message is a link, and where: by hand, by properties, and by others' own tests."""

import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from preview_service.urls.find import Link, find_links
from preview_service.urls.normalize import normalize

ROOT = Path(__file__).parents[2]
MESSAGES = json.loads((ROOT / "fixtures/messages/links.json").read_text(encoding="utf-8"))
CONFORMANCE = ROOT.parent / "shared/conformance"


def written(text: str) -> list[str]:
    return [link.url.sent for link in find_links(text)]


@pytest.mark.parametrize("case", MESSAGES, ids=lambda case: case["name"])
def test_messages(case: dict[str, Any]) -> None:
    assert written(case["text"]) == case["links"]


def test_a_link_says_where_it_stands_in_code_points() -> None:
    assert find_links("👍🏽 見て https://Shop.Example/p/42?utm_source=chat。") == [
        Link(url=normalize("https://Shop.Example/p/42?utm_source=chat"), start=6, end=47)
    ]


def test_an_address_in_angle_brackets_starts_behind_the_first() -> None:
    assert [(link.start, link.end) for link in find_links("a <https://a.example/.|b>")] == [(3, 22)]


LINKS = st.sampled_from(
    [
        *("https://shop.example/p/42", "http://a.example", "HTTPS://B.example/x_(y)?q=1#z"),
        *("https://例え.example/パス", "http://1.2.3.4:8080/", "https://u:p@c.example/"),
    ]
)
MARKS = st.sampled_from(
    [
        *(" ", "\n", "\n\n", "`", "``", "```", "\n```\n", "~~~", "\n~~~\n", "<", ">", "|", "||"),
        *("**", "_", "~~", "(", ")", "[", "]", "{", "}", "[/", "'", '"', "‘", "’", "「", "」"),
        *(".", ",", ":", ";", "!", "…", "&gt;", "/", "?", "=", "#", "@", "\\", "を", "看", "👍"),
        *("\u200b", "\u200c", "\u202e", "\ud800", "h", "x", "1", "-", "%", "http://", "https://"),
    ]
)
TEXTS = st.lists(st.one_of(LINKS, MARKS, st.text(max_size=5)), max_size=12).map("".join)


@given(TEXTS)
@example("<http://a.example/\\>")
@example("http://t.co/a'_")
def test_a_link_is_what_is_written_there(text: str) -> None:
    edge = 0
    for link in find_links(text):
        assert edge <= link.start < link.end <= len(text)
        edge = link.end
        assert link.url == normalize(text[link.start : link.end])
        assert link.url.sent == text[link.start : link.end]


@given(TEXTS)
def test_a_link_is_found_again_when_it_stands_alone(text: str) -> None:
    for link in find_links(text):
        # In angle brackets even what ends in a full stop is meant as it is.
        if text[link.start - 1 : link.start] != "<":
            assert find_links(link.url.sent) == [
                Link(url=link.url, start=0, end=len(link.url.sent))
            ]


@given(TEXTS)
def test_what_is_around_a_link_on_lines_of_its_own_is_found_too(text: str) -> None:
    shoe = "https://shoe.example/"
    assert written(f"{shoe}\n\n{text}")[0] == shoe


@given(st.text(st.sampled_from("a1 /.:-_'\"()<>|*~\n"), max_size=40), TEXTS)
def test_nothing_in_code_is_a_link(inside: str, after: str) -> None:
    code = f"https://a.example/{inside.strip()} https://b.example"
    spans = [f"```\n{code}\n```", f"\n```sh\n{code}\n```\n"]
    if "\n" not in inside:
        spans.append(f"`{code}`")
    for span in spans:
        assert written(f"{span}\n") == []
        assert "https://b.example" not in written(f"https://c.example {span}")
        assert all(link.start >= len(span) for link in find_links(f"{span}\n\n{after}"))


@given(st.one_of(st.text(), st.text(st.characters())))
def test_any_text_will_do(text: str) -> None:
    for around in (text, f"https://{text}", f"<https://{text}>", f"https://a.example/{text}"):
        find_links(around)


def test_the_naughtiest_strings_will_do() -> None:
    for text in json.loads(shared("naughty-strings/blns.json")):
        find_links(text)
        assert written(f"https://a.example/ {text}")[:1] == ["https://a.example/"]


def shared(name: str) -> str:
    path = CONFORMANCE / name
    if not path.exists():
        pytest.skip(f"{name} is not in ../shared/conformance")
    return path.read_text(encoding="utf-8")


# Rules of twitter-text that do not hold here, by the description of the case → why.
NOT_TWITTERS = {
    "DO NOT extract invalid URL: http://no-tld": "hosts of an intranet have one label",
    "DO NOT extract invalid URL: http://tld-too-short.x": (
        "which top-level domains there are is for the DNS to say, not for a list kept here"
    ),
    "DO NOT Extract a hyphenated TLD (even though it's usually a typo)": (
        "which top-level domains there are is for the DNS to say, not for a list kept here"
    ),
    "DO NOT extract URLs with > 40 characters in a t.co slug": (
        "what its shortener has given out is for X to say"
    ),
}
TWITTERS_SECTIONS = (
    *("urls", "urls_with_indices", "urls_with_directional_markers", "tco_urls_with_params"),
)


@cache
def twitters() -> list[dict[str, Any]]:
    """twitter-text's cases with a scheme, each with what it wants of the links that have one."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    tests = yaml.load(shared("twitter-text/extract.yml"), Loader=loader)["tests"]  # noqa: S506
    return [case for name in TWITTERS_SECTIONS for case in tests[name] if "://" in case["text"]]


def is_as_twitter_wants(case: dict[str, Any]) -> bool:
    links = find_links(case["text"])
    if any(isinstance(wanted, dict) for wanted in case["expected"]):
        found: list[Any] = [
            {"url": link.url.sent, "indices": [link.start, link.end]} for link in links
        ]
        wanted = [row for row in case["expected"] if "://" in row["url"]]
    else:
        found = [link.url.sent for link in links]
        wanted = [url for url in case["expected"] if "://" in url]
    return bool(found == wanted)


def test_it_agrees_with_twitter_but_for_the_rules_it_refuses() -> None:
    cases = twitters()
    failed = [case["description"] for case in cases if not is_as_twitter_wants(case)]
    assert sorted(failed) == sorted(NOT_TWITTERS)
    assert len(cases) >= 90
    assert len(failed) <= 0.05 * len(cases)


# Examples of GitHub's that are not about what is found here → why.
NOT_GITHUBS = {
    "<http://../>": "`normalize` refuses a host without a name",
    "<http://foo.bar/baz bim>": "this section has no extension; with it GitHub links as we do",
    "< http://foo.bar >": "this section has no extension; with it GitHub links as we do",
    "http://example.com": "this section has no extension; with it GitHub links as we do",
    '<span itemprop="contentLocation" itemscope itemtype="https://schema.org/City">': (
        "an agent's text is no HTML: an address in a tag was pasted to be seen"
    ),
}
GITHUBS_EXAMPLE = re.compile(
    r"^`{32} example[^\n]*\n(.*?)^\.\n(.*?)^`{32}$", re.DOTALL | re.MULTILINE
)


class Addresses(HTMLParser):
    """The addresses of GitHub's HTML, as its Markdown has them where it shows them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.is_in_link = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.is_in_link = tag == "a"
        for name, value in attrs:
            if name in {"href", "src"} and value:
                self.found.add(value)

    def handle_endtag(self, tag: str) -> None:
        self.is_in_link = False

    def handle_data(self, data: str) -> None:
        if self.is_in_link:
            self.found.add(data)


def githubs() -> list[tuple[str, str]]:
    sections = re.split(r"^#+ (.*)\n", shared("gfm/spec.txt"), flags=re.MULTILINE)
    named = dict(zip(sections[1::2], sections[2::2], strict=True))
    texts = [
        *(named[name] for name in named if name.startswith("Autolinks")),
        *(shared("gfm/extensions.txt"), shared("gfm/regression.txt")),
    ]
    examples = [pair for text in texts for pair in GITHUBS_EXAMPLE.findall(text)]
    return [(text, html) for text, html in examples if re.search(r"https?://", text)]


def is_as_github_wants(text: str, html: str) -> bool:
    addresses = Addresses()
    addresses.feed(html)
    wanted = {found for found in addresses.found if re.match(r"https?://", found) and found in text}
    return set(written(text)) == wanted


def test_it_agrees_with_github_but_for_what_is_no_link_of_ours() -> None:
    examples = githubs()
    failed = [text for text, html in examples if not is_as_github_wants(text, html)]
    assert len(examples) >= 14
    for text in failed:
        assert any(line in NOT_GITHUBS for line in text.splitlines()), text
    for line in NOT_GITHUBS:
        assert any(line in text.splitlines() for text in failed), line
