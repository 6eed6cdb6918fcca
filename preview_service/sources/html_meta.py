"""HTML's own description and language → claims: what it says better than JSON-LD.

https://html.spec.whatwg.org/multipage/semantics.html#standard-metadata-names
"""

from collections.abc import Iterator

from preview_service.model import Claim, Field, Page
from preview_service.sources.base import Source, text_claim


def read(page: Page) -> Iterator[Claim]:
    for name, content in page.metas:
        if name == "description":
            claim = text_claim(Field.DESCRIPTION, content, "meta:description")
            if claim is not None:
                yield claim
    if page.lang and (claim := text_claim(Field.LANG, page.lang, "html:lang")):
        yield claim


HTML_META = Source(name="html_meta", read=read)
