"""An oEmbed answer → claims. https://oembed.com/#section2.3"""

from collections.abc import Iterator

from preview_service.model import Claim, Embed, Field, Kind, Page
from preview_service.sources.base import Media, Source, kind_claim, text_claim, url_claim

# `rich` is anything with a frame: a song, a map, a post.
_KINDS = {"video": Kind.VIDEO, "photo": Kind.IMAGE}


def read(page: Page) -> Iterator[Claim]:
    if page.embed is not None:
        claims = (*_texts(page.embed), *_pictures(page.embed, page))
        yield from (claim for claim in claims if claim is not None)


def _texts(embed: Embed) -> Iterator[Claim | None]:
    author = embed.author_name or ""
    yield text_claim(Field.TITLE, embed.title or "", "oembed:title")
    if embed.type == "rich" and embed.description and not embed.title:
        # A post has no title but its author's name, as in the apps that show it.
        yield text_claim(Field.TITLE, author, "oembed:author_name as title")
    yield text_claim(Field.DESCRIPTION, embed.description or "", "oembed:description")
    yield text_claim(Field.AUTHOR, author, "oembed:author_name")
    yield text_claim(Field.SITE_NAME, embed.provider_name or "", "oembed:provider_name")
    yield kind_claim(_KINDS.get(embed.type), "oembed:type")


def _pictures(embed: Embed, page: Page) -> Iterator[Claim | None]:
    """Of a photo the photo itself, then the thumbnail."""
    if embed.type == "photo":
        size = Media(width=embed.width, height=embed.height)
        yield url_claim(Field.IMAGE, embed.url or "", "oembed:url", page, size)
    size = Media(width=embed.thumbnail_width, height=embed.thumbnail_height)
    yield url_claim(Field.IMAGE, embed.thumbnail_url or "", "oembed:thumbnail_url", page, size)


OEMBED = Source(name="oembed", read=read)
