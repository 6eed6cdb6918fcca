"""Twitter card tags → claims. https://developer.x.com/en/docs/x-for-websites/cards/overview/markup

`twitter:site` and `twitter:creator` are accounts, not names: nothing is claimed of them.
"""

from collections.abc import Iterator, Mapping

from preview_service.model import Claim, Field, Page
from preview_service.page.text import clean
from preview_service.sources.base import PLAYER_TYPE, Media, Source, media, text_claim, url_claim

_TEXTS = {"twitter:title": Field.TITLE, "twitter:description": Field.DESCRIPTION}

# What is said about an address stands under names that begin like this.
_ADDRESSES = {
    "twitter:image": (Field.IMAGE, "twitter:image"),
    "twitter:image:src": (Field.IMAGE, "twitter:image"),
    "twitter:player": (Field.VIDEO, "twitter:player"),
    "twitter:player:stream": (Field.VIDEO, "twitter:player"),
}
_FACTS = frozenset(
    {f"{root}:{leaf}" for _, root in _ADDRESSES.values() for leaf in ("width", "height", "alt")}
    | {"twitter:player:stream:content_type"}
)
_LABELS = {"twitter:data1": "twitter:label1", "twitter:data2": "twitter:label2"}

_MAX_DETAIL_CHARS = 100

_NAMES = frozenset(_TEXTS) | frozenset(_ADDRESSES)
_DETAILS = _FACTS | frozenset(_LABELS) | frozenset(_LABELS.values())


def read(page: Page) -> Iterator[Claim]:
    facts: dict[str, str] = {}
    said = []
    for name, content in page.metas:
        if name in _NAMES:
            said.append((name, content))
        elif name in _DETAILS:
            facts.setdefault(name, content)
    for name, content in said:
        if name in _TEXTS:
            claim = text_claim(_TEXTS[name], content, name)
        else:
            field, root = _ADDRESSES[name]
            claim = url_claim(field, content, name, page, _about(name, root, facts))
        if claim is not None:
            yield claim
    if facts:
        yield from _details(facts)


def _about(name: str, root: str, facts: Mapping[str, str]) -> Media | None:
    if name == "twitter:player":
        media_type = PLAYER_TYPE
    elif facts:
        media_type = facts.get(f"{name}:content_type", "")
    else:
        return None
    return media(
        width=facts.get(f"{root}:width", ""),
        height=facts.get(f"{root}:height", ""),
        media_type=media_type,
        alt=facts.get(f"{root}:alt", ""),
    )


def _details(facts: Mapping[str, str]) -> Iterator[Claim]:
    """ "Reading time: 5 min" of a label and what it labels."""
    for data, label in _LABELS.items():
        name, value = (clean(facts.get(fact, ""), _MAX_DETAIL_CHARS) for fact in (label, data))
        if name and value:
            yield Claim(field=Field.DETAIL, value=f"{name}: {value}", source=data)


TWITTER_CARD = Source(name="twitter_card", read=read)
