"""Card → a message with one Adaptive Card, which bots, workflows and webhooks of Teams all take.

https://learn.microsoft.com/en-us/microsoftteams/platform/task-modules-and-cards/cards/cards-reference
The schema: https://adaptivecards.io/schemas/adaptive-card.json
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from preview_service.channels.base import (
    OPEN_LINK,
    Card,
    Channel,
    Excess,
    Limit,
    Message,
    MessageLimit,
    Method,
    PictureRules,
    filled,
    json_of,
)
from preview_service.channels.layout import LIMITS, RULES, is_beside
from preview_service.channels.units import Unit
from preview_service.channels.words import headline, is_rtl, stretches
from preview_service.model import Delivery, Way

_LEARN: Final = "https://learn.microsoft.com/en-us/microsoftteams/platform/"
CARDS: Final = f"{_LEARN}task-modules-and-cards/cards/cards-reference"
FORMATS: Final = f"{_LEARN}task-modules-and-cards/cards/cards-format"
WEBHOOKS: Final = f"{_LEARN}webhooks-and-connectors/how-to/add-incoming-webhook"
WORKFLOWS: Final = f"{_LEARN}webhooks-and-connectors/how-to/connectors-using"
EDITING: Final = f"{_LEARN}bots/how-to/update-and-delete-bot-messages"
UNFURLING: Final = f"{_LEARN}messaging-extensions/how-to/link-unfurling"
ESCAPES: Final = "https://github.com/MicrosoftDocs/msteams-docs/issues/5793"

# What CommonMark, `{{DATE()}}` or `<at>` are made of: a TextBlock interprets some of it.
_MARKUP: Final = re.compile(
    r"[*_\[\]\\`~<>\n\r]|\{\{|&#?\w+;|://|\bwww\.|^\s*(?:#|[-+]\s|\d+[.)](?:\s|$))"
)
_MARKUP_IN_LINK: Final = re.compile(r"[*_\[\]\\`~<>()]|&#?\w+;")
# A link on a line of its own is one with whatever it holds, but for what may be the sentence's: a
# mark at its end, a script without spaces, another link.
_LINK_LINE: Final = re.compile(r"https?://(?:(?!://)[!-~])+(?<![.,;:!?'\"*~)\]}])")
# So many lines are paragraphs of their own, and so many links alive: each costs its share of 28 KB.
_PARAGRAPHS: Final = 40
_LINKS: Final = 20


def adaptive_card(card: Card) -> Message:
    """The card: picture, title, description and host, all of which open the link."""
    return _message([_container(card)], card.title, f"{card.title}\n{card.url}", link=card.url)


def words_and_card(card: Card, text: str) -> Message:
    """An agent's words with their links, and below them the card."""
    body = [*_paragraphs(text, card.url), {**_container(card), "separator": True}]
    return _message(body, headline(text) or card.title, text, link=card.url)


def say(text: str) -> Message:
    """A card of words alone: a workflow posts nothing but cards."""
    last = text.rpartition("\n")[2]
    url = last if _LINK_LINE.fullmatch(last) else ""
    return _message([*_paragraphs(text, url)], headline(text), text)


def _message(
    body: list[Message], summary: str | None, fallback: str, link: str | None = None
) -> Message:
    reads_rtl = is_rtl(summary or "")
    card = filled(
        type="AdaptiveCard",
        # A client that knows less shows the fallback; `rtl` came with 1.5, all else is older.
        version="1.5" if reads_rtl else "1.4",
        rtl=reads_rtl,
        fallbackText=fallback,
        body=body,
        actions=link and [_open(link)],
    )
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "content": {"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", **card},
    }
    # What a notification shows, instead of "sent a card".
    return filled(type="message", summary=summary, attachments=[attachment])


def _container(card: Card) -> Message:
    items = _words(card)
    if card.image:
        alt = card.image.alt or card.title
        image = {"type": "Image", "url": card.image.url, "altText": alt}
        if is_beside(card.image):
            columns = [_column("auto", [{**image, "size": "Medium"}]), _column("stretch", items)]
            items = [{"type": "ColumnSet", "columns": columns}]
        else:
            items = [{**image, "size": "Stretch"}, *items]
    return {"type": "Container", "selectAction": _open(card.url), "items": items}


def _column(width: str, items: list[Message]) -> Message:
    return {"type": "Column", "width": width, "items": items}


def _words(card: Card) -> list[Message]:
    items = [_text(card.title, 2, weight="Bolder", size="Medium")]
    if card.description:
        items.append(_text(card.description, 3, spacing="Small", isSubtle=True))
    names = " · ".join(dict.fromkeys(filter(None, (card.site_name, card.host))))
    if names != card.title:
        items.append(_text(names, 1, spacing="Small", isSubtle=True, size="Small"))
    return items


def _text(text: str, lines: int, spacing: str | None = None, **look: Any) -> Message:
    """*text* as it stands, at most *lines* of it where that can be said.

    Escapes do not help: on phones Teams shows the backslashes. A TextRun knows no markup, but no
    `maxLines` either, so it is for texts that need it.
    """
    if _MARKUP.search(text):
        run = {"type": "TextRun", "text": text, **look}
        return filled(type="RichTextBlock", spacing=spacing, inlines=[run])
    return filled(type="TextBlock", text=text, wrap=True, maxLines=lines, spacing=spacing, **look)


def _paragraphs(text: str, url: str = "") -> Iterator[Message]:
    if text.count("://") > _LINKS:
        yield {"type": "RichTextBlock", "inlines": [_run(text, is_link=False)]}
        return
    spacing = None
    for line in text.split("\n", _PARAGRAPHS):
        if line.strip():
            yield filled(**_paragraph([*stretches(line, url)]), spacing=spacing)
        spacing = "None" if line.strip() else None


def _paragraph(pieces: list[tuple[str, bool]]) -> Message:
    """A line with its links: as Markdown, which each client knows, where all else is plain."""
    if any(_has_markup(*piece) for piece in pieces):
        return {"type": "RichTextBlock", "inlines": [_run(*piece) for piece in pieces]}
    written = (f"[{piece}]({piece})" if is_link else piece for piece, is_link in pieces)
    return {"type": "TextBlock", "text": "".join(written), "wrap": True}


def _has_markup(text: str, is_link: bool) -> bool:
    return bool((_MARKUP_IN_LINK if is_link else _MARKUP).search(text))


def _run(text: str, is_link: bool) -> Message:
    run = {"type": "TextRun", "text": text}
    return {**run, "color": "Accent", "selectAction": _open(text)} if is_link else run


def _open(url: str) -> Message:
    return {"type": "Action.OpenUrl", "title": OPEN_LINK, "url": url}


TEAMS: Final = Channel(
    name="teams",
    label="Microsoft Teams",
    family="teams",
    docs=CARDS,
    can_edit=True,
    can_edit_source=EDITING,
    methods=(
        Method(
            ways=(Way.CARD,),
            delivery=Delivery.CARD,
            format="Adaptive Card",
            docs=CARDS,
            render=adaptive_card,
            with_text=words_and_card,
            limits=LIMITS,
            wholes=(
                MessageLimit(
                    name="message",
                    read=json_of,
                    limit=Limit(
                        max=28_000, unit=Unit.UTF8_BYTES, excess=Excess.REJECT, source=WEBHOOKS
                    ),
                ),
            ),
            picture=PictureRules(
                media_types=frozenset({"image/gif", "image/jpeg", "image/png"}),
                https=True,
                max_bytes=1_000_000,
                max_width=1024,
                max_height=1024,
                source=FORMATS,
            ),
            rules=RULES,
        ),
    ),
    say=say,
    # Written twice, its links twice again, and beside the largest card it is still within 28 KB.
    text_limits=(Limit(max=3500, unit=Unit.UTF8_BYTES),),
    longest_text=Limit(max=3500, unit=Unit.UTF8_BYTES),
    notes=(
        f"Links unfurl where a person composes a message, not in what a bot sends: {UNFURLING}",
        f"Workflows, which replace incoming webhooks, post Adaptive Cards only: {WORKFLOWS}",
        f"On phones Teams shows the backslashes of escaped Markdown: {ESCAPES}",
        f"An image whose address redirects is not shown: {CARDS}",
    ),
)
