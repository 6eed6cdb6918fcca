"""Card → a Discord embed, or a link that Discord unfurls by itself.

https://docs.discord.com/developers/resources/message; a message is the body of a call that
creates one, as a bot or by a webhook.
"""

import re
from collections.abc import Collection, Iterator
from functools import partial
from typing import Any, Final

from preview_service.channels.base import (
    Card,
    Channel,
    Excess,
    Limit,
    Message,
    MessageLimit,
    Method,
    PictureRules,
    Rule,
    filled,
)
from preview_service.channels.predict import (
    image_alt_chars,
    longest_url_chars,
    metadata_bytes,
    no_image,
    no_title,
    redirects,
    refreshes,
    response_ms,
    site_name_chars,
    tagged,
)
from preview_service.channels.units import Unit
from preview_service.model import Delivery, Look, Way
from preview_service.urls.find import find_links

MESSAGE: Final = "https://docs.discord.com/developers/resources/message"
EDITING: Final = f"{MESSAGE}#edit-message"
LINK_PREVIEWS: Final = "https://docs.discord.com/developers/link-previews/overview"

_CONTENT_CHARS: Final = 2000
_FOOTER_CHARS: Final = 2048
_SUPPRESS_EMBEDS: Final = 1 << 2

# What formats, links or mentions, and what does so at the start of a line. A backslash before any
# of it shows it as it is: https://docs.discord.com/developers/reference#message-formatting
_MARKS: Final = tuple((mark, f"\\{mark}") for mark in ("\\", *"`*_~|[<@", "://"))
_LINE_MARK: Final = re.compile(r"^(\d{0,2})([#>+.-])", re.MULTILINE)
_LINKS: Final = re.compile(r"(<https?://[^\s<>]+>|https?://[^\s<>]+)")
_EMPHASIS: Final = "*_~|`"
_LINK_GOES_ON: Final = re.compile(r"[A-Za-z0-9/%&=]")


def escape(text: str) -> str:
    """*text* with everything in it shown as it is: nothing formats, links or mentions."""
    for mark, shown in _MARKS:
        if mark in text:
            text = text.replace(mark, shown)
    return _LINE_MARK.sub(r"\1\\\2", text)


def words(text: str, quiet: Collection[str] = ()) -> str:
    """*text* shown as it is but for its links, which stay links.

    In angle brackets a link is not unfurled, so those in *quiet* are put into them
    (https://github.com/discordjs/discord.js/issues/9852).
    """
    parts = _LINKS.split(text)
    written = [escape(part) for part in parts]
    written[1::2] = [
        _link(link, before, quiet) for before, link in zip(parts[::2], parts[1::2], strict=False)
    ]
    return "".join(written)


def embed(card: Card) -> Message:
    """The card as an embed, which needs nothing of the page."""
    return _message(embeds=[_embed(card)])


def embed_in(card: Card, text: str) -> Message:
    """An agent's words, and below them the card, which the words' link is not to show again."""
    content = words(text, quiet=[card.url, *_as_written(text, card.url)])
    # Of two embeds with one URL Discord shows the first: without brackets it is the same card.
    if Unit.CHARACTERS.length(content) > _CONTENT_CHARS:
        content = words(text)
    return _message(content=content, embeds=[_embed(card)])


def paste(card: Card) -> Message:
    """The bare link, for Discord to fetch and draw."""
    return _message(content=card.url)


def paste_in(card: Card, text: str) -> Message:
    """The link among an agent's words, of which Discord draws the first five."""
    return _message(content=words(text))


def say(text: str) -> Message:
    """A text message."""
    return _message(content=words(text), flags=_SUPPRESS_EMBEDS)


def _embed(card: Card) -> Message:
    """Footer and author are plain text, title and description markdown."""
    is_named = card.site_name not in {None, card.title, card.host}
    has_footer = card.host != card.title and len(card.host) <= _FOOTER_CHARS
    return filled(
        author={"name": card.site_name} if is_named else None,
        title=escape(card.title),
        url=card.url,
        description=card.description and escape(card.description),
        image={"url": card.image.url} if card.image else None,
        footer={"text": card.host} if has_footer else None,
    )


def _as_written(text: str, url: str) -> Iterator[str]:
    """The links of *text* to the page of *url*, which a card has without tracking parameters."""
    key = url.partition("#")[0]
    return (text[link.start : link.end] for link in find_links(text) if link.url.key == key)


def _message(**fields: Any) -> Message:
    return {**fields, "allowed_mentions": {"parse": []}}


def _link(link: str, before: str, quiet: Collection[str]) -> str:
    for known in quiet:
        if link.startswith(known) and not _LINK_GOES_ON.search(link, len(known)):
            return f"<{known}>{escape(link.removeprefix(known))}"
    # What stands around a link is no part of it, and a space ends it before its second half.
    end = link.rstrip(_EMPHASIS) if before.endswith(tuple(_EMPHASIS)) else link
    return link if end == link else f"{end} {escape(link.removeprefix(end))}"


def _embed_text(message: Message) -> str:
    (shown,) = message["embeds"]
    nested = (shown.get("author", {}).get("name"), shown.get("footer", {}).get("text"))
    return "".join(filter(None, (shown.get("title"), shown.get("description"), *nested)))


_IMAGE_TYPES: Final = frozenset(
    {"image/avif", "image/gif", "image/jpeg", "image/png", "image/webp"}
)

_limit = partial(Limit, excess=Excess.REJECT, source=MESSAGE)
_rule = partial(Rule, source=LINK_PREVIEWS, leaves=Look.PLAIN_LINK)

EMBED: Final = Method(
    ways=(Way.CARD,),
    delivery=Delivery.CARD,
    format="embeds",
    docs=MESSAGE,
    render=embed,
    with_text=embed_in,
    limits={
        "title": _limit(max=256, required=True, escape=escape),
        "description": _limit(max=4096, escape=escape),
        "site_name": _limit(max=256),
        # Said of previews only; an embed of one's own is not known to take more.
        "url": _limit(max=2048, source=LINK_PREVIEWS, confirmed=False),
    },
    picture=PictureRules(media_types=_IMAGE_TYPES, max_url=2048, source=LINK_PREVIEWS),
    wholes=(MessageLimit(name="embeds", read=_embed_text, limit=_limit(max=6000)),),
    rules=(no_image(source=MESSAGE),),
)

PASTE: Final = Method(
    ways=(Way.PASTE,),
    delivery=Delivery.PASTE_PREVIEW,
    format="content",
    docs=LINK_PREVIEWS,
    render=paste,
    with_text=paste_in,
    limits={
        "url": _limit(max=_CONTENT_CHARS),
        # What Discord shows of the page: the message itself holds the link alone.
        "title": Limit(
            max=70, unit=Unit.UTF8_BYTES, excess=Excess.CUT, source=LINK_PREVIEWS, required=True
        ),
        "description": Limit(
            max=350, unit=Unit.UTF8_BYTES, excess=Excess.CUT, source=LINK_PREVIEWS
        ),
    },
    picture=PictureRules(media_types=_IMAGE_TYPES, source=LINK_PREVIEWS),
    rules=(
        no_title(source=LINK_PREVIEWS),
        _rule(
            name="no_title_tags",
            measure=tagged(
                "title",
                ("og:title",),
                ("twitter:title",),
                ("oembed:title",),
                ("title", "meta:description"),
            ),
            min=1,
        ),
        _rule(name="over_5_redirects", measure=redirects, max=5),
        _rule(name="meta_refresh", measure=refreshes, max=0),
        _rule(name="tags_after_50_mb", measure=metadata_bytes, max=50_000_000),
        _rule(name="response_over_10_s", measure=response_ms, max=10_000),
        _rule(name="url_over_2048_characters", measure=longest_url_chars, max=2048),
        _rule(name="site_name_over_256_characters", measure=site_name_chars, max=256),
        _rule(name="image_alt_over_4096_characters", measure=image_alt_chars, max=4096),
        no_image(source=LINK_PREVIEWS),
        _rule(
            name="no_image_tags",
            measure=tagged("image", ("og:image",), ("twitter:image",), ("oembed:thumbnail_url",)),
            min=1,
            leaves=Look.SMALL_CARD,
        ),
    ),
)

_LONGEST: Final = _limit(max=_CONTENT_CHARS, escape=words)

DISCORD: Final = Channel(
    name="discord",
    label="Discord",
    family="discord",
    docs=MESSAGE,
    can_edit=True,
    can_edit_source=EDITING,
    methods=(EMBED, PASTE),
    say=say,
    text_limits=(_LONGEST,),
    longest_text=_LONGEST,
    notes=(
        "Discord draws a pasted link's picture small unless the page says summary_large_image: "
        + LINK_PREVIEWS,
    ),
)
