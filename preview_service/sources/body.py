"""The words and pictures in a body → claims: what is to be seen on a page that declares nothing."""

from collections.abc import Iterator

from preview_service.model import Claim, Field, Page
from preview_service.sources.base import Source, media, text_claim, url_claim


def read(page: Page) -> Iterator[Claim]:
    body = page.body
    if body is None:
        return
    if claim := text_claim(Field.TITLE, body.heading or "", "body:h1"):
        yield claim
    if claim := text_claim(Field.DESCRIPTION, body.text or "", "body:text"):
        yield claim
    for address, alt in body.images:
        if claim := url_claim(Field.IMAGE, address, "body:img", page, media(alt=alt)):
            yield claim


BODY = Source(name="body", read=read)
