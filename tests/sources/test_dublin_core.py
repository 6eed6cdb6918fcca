"""https://www.dublincore.org/specifications/dublin-core/dcq-html/ and its kin."""

import pytest

from preview_service.model import Claim, Field, Page
from preview_service.sources.dublin_core import DUBLIN_CORE

BASE = "https://library.example/papers/7"


def claims(*metas: tuple[str, str]) -> list[Claim]:
    return list(DUBLIN_CORE.read(Page(url=BASE, base=BASE, charset="utf-8", metas=metas)))


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("dc.title", Field.TITLE),
        ("dc:title", Field.TITLE),
        ("dcterms.title", Field.TITLE),
        ("dcterms:title", Field.TITLE),
        ("dc.description", Field.DESCRIPTION),
        ("dc.creator", Field.AUTHOR),
        ("dc.date", Field.PUBLISHED_AT),
        ("dc.date.issued", Field.PUBLISHED_AT),
        ("dcterms.issued", Field.PUBLISHED_AT),
        ("dcterms.modified", Field.MODIFIED_AT),
        ("citation_title", Field.TITLE),
        ("citation_author", Field.AUTHOR),
        ("citation_publication_date", Field.PUBLISHED_AT),
        ("citation_abstract", Field.DESCRIPTION),
        ("parsely-author", Field.AUTHOR),
        ("sailthru.date", Field.PUBLISHED_AT),
    ],
)
def test_an_element_claims_its_field(name: str, field: Field) -> None:
    assert claims((name, " On\nrain ")) == [Claim(field=field, value="On rain", source=name)]


def test_the_language_is_a_tag() -> None:
    assert [claim.value for claim in claims(("dc.language", "Deutsch"), ("dc.language", "de"))] == [
        "de"
    ]


@pytest.mark.parametrize(
    "name",
    ["title", "dc", "dc.", "dc.titles", "dctitle", "dc.publisher", "dc.rights", "parsely-tags"],
)
def test_other_names_claim_nothing(name: str) -> None:
    assert claims((name, "x")) == []
