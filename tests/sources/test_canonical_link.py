"""https://www.rfc-editor.org/rfc/rfc6596"""

import pytest

from preview_service.model import Claim, Field, Link, Page
from preview_service.sources.canonical_link import CANONICAL_LINK

BASE = "https://shop.example/a/"


def claims(*links: Link) -> list[Claim]:
    return list(CANONICAL_LINK.read(Page(url=BASE, base=BASE, charset="utf-8", links=links)))


@pytest.mark.parametrize(
    ("rel", "href", "expected"),
    [
        ("canonical", "https://other.example/p", "https://other.example/p"),
        ("canonical", "../p/42", "https://shop.example/p/42"),
        ("alternate canonical", "/p", "https://shop.example/p"),
        ("canonical", " ", None),
        ("canonical", "javascript:void(0)", None),
        ("canonicals", "/p", None),
        ("not-canonical", "/p", None),
        ("alternate", "/p", None),
    ],
)
def test_only_the_relation_itself_counts(rel: str, href: str, expected: str | None) -> None:
    found = [(claim.field, claim.source, claim.value) for claim in claims(Link(rel=rel, href=href))]
    assert found == ([(Field.CANONICAL, "link:canonical", expected)] if expected else [])


def test_the_first_usable_one_comes_first() -> None:
    found = claims(*(Link(rel="canonical", href=href) for href in ("data:,x", "/1", "/2")))
    assert [claim.value for claim in found] == ["https://shop.example/1", "https://shop.example/2"]
