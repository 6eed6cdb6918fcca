"""HTML's own title and author → claims: what it says only as well as it can.

https://html.spec.whatwg.org/multipage/semantics.html#the-title-element
"""

from collections.abc import Iterator

from preview_service.model import Claim, Field, Page
from preview_service.sources.base import Source, text_claim

_TEXTS = {"title": Field.TITLE, "author": Field.AUTHOR}


def read(page: Page) -> Iterator[Claim]:
    if page.title and (claim := text_claim(Field.TITLE, page.title, "title")):
        yield claim
    for name, content in page.metas:
        if name in _TEXTS and (claim := text_claim(_TEXTS[name], content, f"meta:{name}")):
            yield claim


HTML_TITLE = Source(name="html_title", read=read)
