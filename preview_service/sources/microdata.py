"""Microdata and RDFa of schema.org, as metas, links and words of the body → claims.

https://html.spec.whatwg.org/multipage/microdata.html, https://www.w3.org/TR/rdfa-lite/: what is
read is flat. Of which thing a property is said is not known, so all else is trusted more.
"""

from collections.abc import Iterator

from preview_service.model import Claim, Field, Page
from preview_service.sources.base import (
    PLAYER_TYPE,
    Media,
    Source,
    price_claim,
    text_claim,
    url_claim,
)

# https://schema.org/CreativeWork and https://schema.org/Offer, in lower case
_NAMES = {
    "headline": Field.TITLE,
    "name": Field.TITLE,
    "title": Field.TITLE,
    "description": Field.DESCRIPTION,
    "image": Field.IMAGE,
    "thumbnailurl": Field.IMAGE,
    "embedurl": Field.VIDEO,
    "author": Field.AUTHOR,
    "creator": Field.AUTHOR,
    "datepublished": Field.PUBLISHED_AT,
    "datemodified": Field.MODIFIED_AT,
    "articlesection": Field.SECTION,
    "inlanguage": Field.LANG,
    "availability": Field.AVAILABILITY,
    "price": Field.PRICE,
    "pricecurrency": Field.PRICE,
}

_TERMS = {
    f"{mark}:{name}": field for mark in ("itemprop", "property") for name, field in _NAMES.items()
}
_CURRENCIES = {"itemprop:pricecurrency", "property:pricecurrency"}
_ADDRESSES = {Field.IMAGE: None, Field.VIDEO: Media(media_type=PLAYER_TYPE)}


def read(page: Page) -> Iterator[Claim]:
    said = [(name, content) for name, content in page.metas if name in _TERMS]
    said += [(link.rel, link.href) for link in page.links if link.rel in _TERMS]
    if page.body is not None:
        properties = ((f"property:{_leaf(name)}", value) for name, value in page.body.properties)
        said += [(name, value) for name, value in properties if name in _TERMS]
    if said:
        yield from _claims(said, page)


def _leaf(name: str) -> str:
    """Of "schema:name", "og:title" or "https://schema.org/name" the last word."""
    return name.rpartition(":")[2].rpartition("/")[2]


def _claims(said: list[tuple[str, str]], page: Page) -> Iterator[Claim]:
    currency = next((content for name, content in said if name in _CURRENCIES), "")
    for name, content in said:
        field = _TERMS[name]
        if field in _ADDRESSES:
            claim = url_claim(field, content, name, page, _ADDRESSES[field])
        elif field is Field.PRICE:
            claim = None if name in _CURRENCIES else price_claim(content, currency, name)
        else:
            claim = text_claim(field, content, name)
        if claim is not None:
            yield claim


MICRODATA = Source(name="microdata", read=read)
