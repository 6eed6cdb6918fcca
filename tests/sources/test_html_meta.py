"""https://html.spec.whatwg.org/multipage/semantics.html#standard-metadata-names"""

from preview_service.model import Claim, Field, Page
from preview_service.sources.html_meta import HTML_META

BASE = "https://shop.example/p/42"


def claims(*metas: tuple[str, str], lang: str | None = None) -> list[Claim]:
    page = Page(url=BASE, base=BASE, charset="utf-8", metas=metas, lang=lang)
    return list(HTML_META.read(page))


def test_descriptions_are_claimed_in_order() -> None:
    assert claims(
        ("description", " "), ("description", "Light\n shoe."), ("description", "Again.")
    ) == [
        Claim(field=Field.DESCRIPTION, value="Light shoe.", source="meta:description"),
        Claim(field=Field.DESCRIPTION, value="Again.", source="meta:description"),
    ]


def test_the_language_is_that_of_the_document() -> None:
    assert claims(lang=" pt-BR\x00") == [Claim(field=Field.LANG, value="pt-BR", source="html:lang")]
    assert claims(lang=" ") == []
    assert claims(lang="{{lang}}") == []


def test_the_header_of_that_name_comes_after_the_documents_language() -> None:
    found = claims(("http-equiv:content-language", "de-AT"), lang="de")
    assert [(claim.source, claim.value) for claim in found] == [
        ("html:lang", "de"),
        ("http-equiv:content-language", "de-AT"),
    ]
    assert claims(("http-equiv:content-language", "de, en")) == []


def test_colour_and_rating_are_claimed() -> None:
    assert claims(("theme-color", " #002F5B "), ("rating", "RTA-5042-1996-1400-1577-RTA")) == [
        Claim(field=Field.THEME_COLOR, value="#002f5b", source="meta:theme-color"),
        Claim(field=Field.RATING, value="RTA-5042-1996-1400-1577-RTA", source="meta:rating"),
    ]


def test_other_names_claim_nothing() -> None:
    assert (
        claims(
            ("title", "x"),
            ("keywords", "x"),
            ("og:description", "x"),
            ("itemprop:description", "x"),
            ("application-name", "x"),
        )
        == []
    )
