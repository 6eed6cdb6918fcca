"""The canonical link → the page's own idea of its address. https://www.rfc-editor.org/rfc/rfc6596"""

from collections.abc import Iterator

from preview_service.model import Claim, Field, Page
from preview_service.sources.base import Source, url_claim


def read(page: Page) -> Iterator[Claim]:
    for link in page.links:
        if "canonical" in link.rel and "canonical" in link.rel.split():
            claim = url_claim(Field.CANONICAL, link.href, "link:canonical", page)
            if claim is not None:
                yield claim


CANONICAL_LINK = Source(name="canonical_link", read=read)
