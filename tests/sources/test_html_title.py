"""https://html.spec.whatwg.org/multipage/semantics.html#the-title-element"""

from preview_service.model import Claim, Field, Page
from preview_service.sources.html_title import HTML_TITLE

BASE = "https://shop.example/p/42"


def claims(*metas: tuple[str, str], title: str | None = None) -> list[Claim]:
    page = Page(url=BASE, base=BASE, charset="utf-8", metas=metas, title=title)
    return list(HTML_TITLE.read(page))


def test_the_element_comes_before_the_tag_of_that_name() -> None:
    assert claims(("title", "Tag"), title=" The\n element ") == [
        Claim(field=Field.TITLE, value="The element", source="title"),
        Claim(field=Field.TITLE, value="Tag", source="meta:title"),
    ]


def test_a_blank_title_is_none() -> None:
    assert claims(("title", " "), title=" \u200b") == []
    assert claims() == []


def test_the_author_is_claimed() -> None:
    assert claims(("author", "Ada\tLovelace")) == [
        Claim(field=Field.AUTHOR, value="Ada Lovelace", source="meta:author")
    ]


def test_dates_are_claimed_as_they_are_written() -> None:
    found = claims(("pubdate", "Aug 18, 2010"), ("lastmod", "2011"), ("date", "2010-08-18"))
    assert [(claim.field, claim.value) for claim in found] == [
        (Field.PUBLISHED_AT, "Aug 18, 2010"),
        (Field.MODIFIED_AT, "2011"),
        (Field.PUBLISHED_AT, "2010-08-18"),
    ]


def test_other_names_claim_nothing() -> None:
    assert claims(("og:title", "x"), ("citation_author", "x"), ("itemprop:author", "x")) == []
