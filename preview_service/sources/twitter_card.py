"""Twitter card tags → claims. https://developer.x.com/en/docs/x-for-websites/cards/overview/markup"""

from collections.abc import Iterator

from preview_service.model import Claim, Field, Page
from preview_service.sources.base import Source, text_claim, url_claim

_TEXTS = {"twitter:title": Field.TITLE, "twitter:description": Field.DESCRIPTION}
_ADDRESSES = {"twitter:image": Field.IMAGE, "twitter:image:src": Field.IMAGE}


def read(page: Page) -> Iterator[Claim]:
    for name, content in page.metas:
        if name in _TEXTS:
            claim = text_claim(_TEXTS[name], content, name)
        elif name in _ADDRESSES:
            claim = url_claim(_ADDRESSES[name], content, name, page)
        else:
            continue
        if claim is not None:
            yield claim


TWITTER_CARD = Source(name="twitter_card", read=read)
