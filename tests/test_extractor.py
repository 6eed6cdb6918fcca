"""From a page to what it declares, and from a recorded page to a line of `extract`."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from preview_service import extractor
from preview_service.extractor import MAX_CHARS, Row, declared, extract
from preview_service.model import Field, Kind, Metadata, Page, Verdict
from preview_service.page import head
from preview_service.page.response import ResponseReader
from preview_service.page.tags import ESSENTIALS
from preview_service.settings import PageSettings
from preview_service.sources import sites

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"

URL = "https://shop.example/p/42"


def page(**values: Any) -> Page:
    return msgspec.structs.replace(Page(url=URL, base=URL, charset="utf-8"), **values)


def read(page: Page) -> Metadata:
    return extractor.read(page, sites.parse(b""))


def test_each_field_has_the_first_source_s_value_and_keeps_the_others() -> None:
    metadata = read(
        page(
            title="Trail shoe 42 | Acme",
            lang="en",
            metas=(
                ("twitter:title", "Trail shoe"),
                ("description", "From the meta."),
                ("og:title", "Trail shoe 42"),
            ),
            json_ld=('{"@type": "Article", "headline": "Shoe", "description": "From JSON."}',),
        )
    )
    assert [(claim.source, claim.value) for claim in metadata.claims[Field.TITLE]] == [
        ("og:title", "Trail shoe 42"),
        ("twitter:title", "Trail shoe"),
        ("json-ld:headline", "Shoe"),
        ("title", "Trail shoe 42 | Acme"),
    ]
    assert [claim.source for claim in metadata.claims[Field.DESCRIPTION]] == [
        "meta:description",
        "json-ld:description",
    ]


def test_a_preview_s_values_are_short_and_declared_ones_are_whole() -> None:
    long = page(title="t" * 4000, metas=(("og:title", "o" * 4000), ("og:image", "/" + "i" * 1500)))
    assert [len(claim.value) for claim in declared(long).claims[Field.TITLE]] == [4000, 4000]
    assert [len(claim.value) for claim in read(long).claims[Field.TITLE]] == [300, 300]
    assert len(read(long).value(Field.IMAGE) or "") == len("https://shop.example/") + 1500


LONG = "x " * 2000


@pytest.mark.parametrize(
    ("name", "content", "field", "chars"),
    [
        ("og:title", "x" * 300, Field.TITLE, 300),
        ("og:title", "x" * 301, Field.TITLE, 300),
        ("og:title", LONG, Field.TITLE, 299),
        ("og:title", "é\u200d" * 200, Field.TITLE, 299),
        ("og:description", LONG, Field.DESCRIPTION, 999),
        ("og:site_name", LONG, Field.SITE_NAME, 99),
        ("article:author", LONG, Field.AUTHOR, 99),
        ("article:published_time", LONG, Field.PUBLISHED_AT, 63),
    ],
)
def test_a_value_is_cut_to_its_limit_without_a_space_or_joiner_at_the_end(
    name: str, content: str, field: Field, chars: int
) -> None:
    value = read(page(metas=((name, content),))).value(field)
    assert value == content[:chars]


def test_a_language_is_cut_to_what_a_tag_may_be() -> None:
    longest = "zho-Hant-840-abcdefgh-abcdefgh-abcdefgh"
    assert read(page(lang=longest)).value(Field.LANG) == longest[:35]


def test_every_text_has_a_limit() -> None:
    addresses = {Field.IMAGE, Field.ICON, Field.VIDEO, Field.AUDIO, Field.CANONICAL}
    addresses |= {Field.MANIFEST, Field.FEED, Field.OEMBED, Field.ALTERNATE}
    assert MAX_CHARS.keys() == set(Field) - addresses - {Field.KIND}


def test_a_recorded_page_is_extracted() -> None:
    row = Row(id="1", url=URL, file="a.html")
    body = (
        b"<html lang=en><title>Shoe</title><meta property=og:type content=product>"
        b"<meta property=og:image content=/a.png><link rel=canonical href=/p/42>"
        b"<link rel=icon href=/b.png>"
    )
    assert msgspec.to_builtins(extract(row, body)) == {
        "id": "1",
        "url": URL,
        "title": "Shoe",
        "description": None,
        "image": "https://shop.example/a.png",
        "site_name": None,
        "icon": "https://shop.example/b.png",
        "canonical": "https://shop.example/p/42",
        "lang": "en",
        "author": None,
        "published_at": None,
        "kind": "product",
        "verdict": "ok",
        "charset": "utf-8",
        "claims": {
            "canonical": "link:canonical",
            "kind": "og:type",
            "image": "og:image",
            "lang": "html:lang",
            "title": "title",
            "icon": "link:icon",
        },
    }


@pytest.mark.parametrize(
    ("content_type", "status", "verdict"),
    [
        ("application/json", 200, Verdict.EMPTY),
        (None, 404, Verdict.ERROR_PAGE),
        ("text/plain", 500, Verdict.ERROR_PAGE),
        (None, 204, Verdict.EMPTY),
    ],
)
def test_what_is_no_page_has_a_verdict_all_the_same(
    content_type: str | None, status: int, verdict: Verdict
) -> None:
    row = Row(id=1, url=URL, file="a", content_type=content_type, status=status)
    found = extract(row, b"<p>nothing</p>")
    assert (found.verdict, found.title, found.kind) == (verdict, None, Kind.WEBSITE)


@pytest.mark.parametrize(
    ("content_type", "status", "body", "title"),
    [
        (None, 200, b"no tag yet " * 60 + b"<title>Shoe", "Shoe"),
        ("text/html; charset=windows-1251", 200, b"<title>\xcf\xf0\xe8\xe2\xe5\xf2", "Привет"),
        ("text/html", 404, b"<title>Gone", "Gone"),
        ("application/json", 404, b"<title>Gone", None),
        ("text/html", 200, b"<!--" + b"x" * 40_000 + b"--><title>Late", "Late"),
        ("text/html", 200, b"<title>" + b"x" * 400, "x" * 400),
        ("text/html", 200, b"", None),
    ],
)
def test_a_title_is_read_whatever_stands_around_it(
    content_type: str | None, status: int, body: bytes, title: str | None
) -> None:
    row = Row(id=1, url=URL, file="a", content_type=content_type, status=status)
    assert extract(row, body).title == title


def test_the_source_named_is_the_winner_s() -> None:
    row = Row(id=1, url=URL, file="a")
    found = extract(row, b"<title>Loser</title><meta property=og:title content=Winner>")
    assert (found.title, found.claims) == ("Winner", {Field.TITLE: "og:title"})


@pytest.fixture(scope="module")
def corpus() -> list[tuple[dict[str, Any], bytes]]:
    if not CORPUS.exists():
        pytest.skip("the corpus of real pages is not beside the checkout")
    lines = (CORPUS / "pages.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [(row, (CORPUS / row["file"]).read_bytes()) for row in rows]


@pytest.fixture(scope="module")
def scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score", CORPUS / "score.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("field", ["title", "description", "image", "site_name"])
def test_real_pages_are_read_as_three_other_readers_read_them(
    field: str, corpus: list[tuple[dict[str, Any], bytes]], scorer: ModuleType
) -> None:
    known = right = made_up = 0
    for row, body in corpus:
        value = getattr(extract(msgspec.convert(row, Row), body), field)
        if field in row["expected"]:
            wanted = [row["expected"][field], *row["accept"].get(field, [])]
            known += 1
            right += bool(value) and any(scorer.same(field, value, one) for one in wanted)
        else:
            made_up += bool(value) and field in row["absent"]
    assert (known - right, made_up) in {(0, 0), (1, 0)}


def test_stopping_early_costs_one_page_in_500_a_field(
    corpus: list[tuple[dict[str, Any], bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    core = (Field.TITLE, Field.DESCRIPTION, Field.IMAGE, Field.SITE_NAME)

    def values(settings: PageSettings) -> list[list[str | None]]:
        found = []
        for row, body in corpus:
            reader = ResponseReader(settings)
            reader.begin(row["url"], 200, {"content-type": row["content_type"] or "text/html"})
            reader.feed(body[: head.MAX_BYTES])
            metadata = declared(reader.close())
            found.append([metadata.value(field) for field in core])
        return found

    early = values(PageSettings())
    # A fourth essential that no page has: nothing is ever enough.
    monkeypatch.setitem(ESSENTIALS, "none", Field.VIDEO)
    whole = values(PageSettings(body_bytes=head.MAX_BYTES))
    assert sum(one != other for one, other in zip(early, whole, strict=True)) <= len(corpus) / 500
