"""Card → Slack blocks with the link, its words and a thumbnail, or a link that Slack unfurls.

https://docs.slack.dev/reference/block-kit/blocks/section-block; a message is the body of a
chat.postMessage call but for the channel.
"""

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
    json_of,
)
from preview_service.channels.fit import split_text
from preview_service.channels.predict import metadata_bytes, no_image, no_title, tagged
from preview_service.model import Delivery, Look, Way

POST_MESSAGE: Final = "https://docs.slack.dev/reference/methods/chat.postMessage/"
EDITING: Final = "https://docs.slack.dev/reference/methods/chat.update/"
UNFURLING: Final = "https://docs.slack.dev/messaging/unfurling-links-in-messages"
SECTION: Final = "https://docs.slack.dev/reference/block-kit/blocks/section-block"
IMAGE_BLOCK: Final = "https://docs.slack.dev/reference/block-kit/blocks/image-block"
IMAGE_ELEMENT: Final = "https://docs.slack.dev/reference/block-kit/block-elements/image-element"
BLOCKS_TOO_LONG: Final = "https://github.com/slackapi/bolt-js/issues/2509"


def escape(text: str) -> str:
    """*text* without the characters by which mrkdwn links and mentions.

    https://docs.slack.dev/messaging/formatting-message-text. There is no escape for its bold and
    italics (https://github.com/slackhq/slack-api-docs/issues/34).
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_SECTION_TEXT: Final = Limit(max=3000, excess=Excess.REJECT, source=SECTION, escape=escape)


def blocks(card: Card) -> Message:
    """A section with the linked title, the description and the picture as a thumbnail.

    `text` is for notifications and screen readers. The section works in every client, and holds
    more words than the newer `card` block.
    """
    section = _section(_mrkdwn(card), verbatim=True)
    if card.image:
        section["accessory"] = {
            "type": "image",
            "image_url": card.image.url,
            "alt_text": card.image.alt or card.title,
        }
    sections = [section] if _is_linkable(card.url) else [section, _section(escape(card.url))]
    return _message(f"{card.title} {card.url}", unfurl=False, blocks=sections)


def blocks_in(card: Card, text: str) -> Message:
    """An agent's words, and below them the card."""
    start = text.find(card.url)
    link = ((start, start + len(card.url)),) if start >= 0 else ()
    words = [_section(escape(piece)) for piece in split_text(text, _SECTION_TEXT, link)]
    return _message(text, unfurl=False, blocks=words + blocks(card)["blocks"])


def paste(card: Card) -> Message:
    """The bare link, for Slack to fetch and draw."""
    return _message(card.url, unfurl=True)


def paste_in(card: Card, text: str) -> Message:
    """The link among an agent's words; Slack draws each link of them."""
    return _message(text, unfurl=True)


def say(text: str) -> Message:
    """A text message."""
    return _message(text, unfurl=False)


def _mrkdwn(card: Card) -> str:
    title = escape(card.title)
    if _is_linkable(card.url):
        title = f"<{escape(card.url)}|{title}>"
    # An asterisk of the title's own would end the bold.
    if "*" not in title:
        title = f"*{title}*"
    return f"{title}\n{escape(card.description)}" if card.description else title


def _is_linkable(url: str) -> bool:
    """Whether *url* can stand before a title: a bar ends it there, and must not be rewritten."""
    return "|" not in url


def _section(mrkdwn: str, *, verbatim: bool = False) -> Message:
    """`verbatim`: what looks like a link or a name in the words stays words."""
    text: Message = {"type": "mrkdwn", "text": mrkdwn}
    if verbatim:
        text["verbatim"] = True
    return {"type": "section", "text": text}


def _message(text: str, *, unfurl: bool, **more: Any) -> Message:
    # Of both kinds Slack unfurls one by itself, so both are told.
    return {"text": escape(text), "unfurl_links": unfurl, "unfurl_media": unfurl, **more}


def _section_text(message: Message) -> str:
    return str(message["blocks"][0]["text"]["text"])


def _blocks(message: Message) -> str:
    return json_of(message["blocks"])


BLOCKS: Final = Method(
    ways=(Way.CARD,),
    delivery=Delivery.CARD,
    format="blocks/section",
    docs=SECTION,
    render=blocks,
    with_text=blocks_in,
    # Only the section as a whole has a limit: these leave each of its parts room.
    limits={
        "title": Limit(max=300, required=True, escape=escape),
        "description": Limit(max=1000, escape=escape),
        "url": Limit(max=2600, escape=escape),
        "alt": Limit(max=2000, excess=Excess.REJECT, source=IMAGE_BLOCK),
    },
    picture=PictureRules(
        media_types=frozenset({"image/gif", "image/jpeg", "image/png"}),
        max_url=3000,
        source=IMAGE_ELEMENT,
    ),
    wholes=(
        MessageLimit(
            name="section",
            read=_section_text,
            limit=Limit(max=3000, required=True, excess=Excess.REJECT, source=SECTION),
        ),
        # About 13,200 characters were seen to pass: an agent's words take some of them.
        MessageLimit(
            name="blocks",
            read=_blocks,
            limit=Limit(max=9000, excess=Excess.REJECT, source=BLOCKS_TOO_LONG, confirmed=False),
        ),
    ),
    rules=(no_image(source=SECTION),),
)

PASTE: Final = Method(
    ways=(Way.PASTE,),
    delivery=Delivery.PASTE_PREVIEW,
    format="text with unfurl_links",
    docs=UNFURLING,
    render=paste,
    with_text=paste_in,
    limits={"url": Limit(max=4000, escape=escape, confirmed=False, source=POST_MESSAGE)},
    # What Slack's crawler takes is not written down; that it reads 32 KB is hearsay.
    picture=PictureRules(
        media_types=frozenset({"image/bmp", "image/gif", "image/jpeg", "image/png", "image/webp"}),
        confirmed=False,
    ),
    rules=(
        no_title(confirmed=False),
        Rule(
            name="tags_after_32_kb",
            measure=metadata_bytes,
            max=32_768,
            leaves=Look.PLAIN_LINK,
            confirmed=False,
        ),
        no_image(confirmed=False),
        Rule(
            name="no_image_tags",
            measure=tagged("image", ("og:image",), ("twitter:image",), ("oembed:thumbnail_url",)),
            min=1,
            leaves=Look.SMALL_CARD,
            confirmed=False,
        ),
    ),
)

SLACK: Final = Channel(
    name="slack",
    label="Slack",
    family="slack",
    docs=POST_MESSAGE,
    can_edit=True,
    can_edit_source=EDITING,
    methods=(BLOCKS, PASTE),
    say=say,
    text_limits=(Limit(max=40_000, excess=Excess.CUT, source=POST_MESSAGE, escape=escape),),
    # Beyond these Slack was seen to break a message in two.
    longest_text=Limit(
        max=4000, excess=Excess.CUT, source=POST_MESSAGE, confirmed=False, escape=escape
    ),
)
