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


def test_other_names_claim_nothing() -> None:
    assert (
        claims(
            ("title", "x"),
            ("keywords", "x"),
            ("og:description", "x"),
            ("itemprop:description", "x"),
            ("http-equiv:content-language", "en"),
        )
        == []
    )
