"""Card → an e-mail's subject, text and HTML: a table with inline styles, as mail readers take it.

Nothing in it is loaded but the picture. https://www.caniemail.com is what readers know of HTML;
https://www.rfc-editor.org/rfc/rfc2046#section-5.1.4 is how text and HTML travel together.
"""

import re
from html import escape
from typing import Final

from preview_service.channels.base import (
    Card,
    Channel,
    Excess,
    Limit,
    Message,
    MessageLimit,
    Method,
    Picture,
    PictureRules,
    filled,
)
from preview_service.channels.layout import LIMITS, RULES, is_beside
from preview_service.channels.units import Unit
from preview_service.channels.words import headline, is_rtl, stretches
from preview_service.model import Delivery, Way

ALTERNATIVE: Final = "https://www.rfc-editor.org/rfc/rfc2046#section-5.1.4"
CLIPPING: Final = "https://support.higherlogic.com/hc/en-us/articles/40187262318100"

# A card's width in pixels within its frame, and the most of a picture beside the words.
_WIDE: Final = 558
_BESIDE: Final = (96, 120)

_LANG: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
# What no document may hold: https://html.spec.whatwg.org/#control-character-in-input-stream
_FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)

_PAGE: Final = """<!DOCTYPE html>
<html{lang} dir="{dir}">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<meta name="supported-color-schemes" content="light dark" />
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; supported-color-schemes: light dark; }}
@media (prefers-color-scheme: dark) {{
.page {{ background-color: #121416 !important; }}
.card {{ background-color: #1d2125 !important; border-color: #3a4149 !important; }}
.words {{ color: #eceff2 !important; }}
.about, .names {{ color: #a9b2bc !important; }}
.link {{ color: #8ab4f8 !important; }}
}}
</style>
</head>
<body class="page" style="margin:0;padding:0;background-color:#ffffff">
<div class="page" role="article" aria-roledescription="email" aria-label="{title}"{lang} \
dir="{dir}" style="padding:16px;font-family:'Segoe UI',Roboto,Helvetica,Arial,sans-serif;\
background-color:#ffffff">
{words}{card}</div>
</body>
</html>
"""
_PARAGRAPH: Final = """<p class="words" dir="{dir}" style="margin:0 0 16px;max-width:560px;\
font-size:16px;line-height:24px;color:#1f2328;word-break:break-word">{lines}</p>
"""
_LINK: Final = '<a class="link" href="{url}" style="color:#0b57d0">{url}</a>'
_CARD: Final = """<table class="card"{lang} dir="{dir}" role="presentation" width="560" \
cellpadding="0" cellspacing="0" style="width:100%;max-width:560px;border:1px solid #d0d7de;\
border-radius:12px;border-collapse:separate;background-color:#ffffff">
{rows}</table>
"""
_ABOVE: Final = '<tr><td style="padding:0;font-size:0;line-height:0">{image}</td></tr>\n<tr>'
_BESIDE_IT: Final = """<tr><td width="{width}" valign="top" style="padding:{padding};\
font-size:0;line-height:0">{image}</td>"""
_IMAGE: Final = """<a href="{url}" style="display:block;text-decoration:none">\
<img class="names" src="{src}" alt="{alt}"{size} style="{style}border:0;display:block;\
font-size:14px;line-height:20px;color:#59636e" /></a>"""
_TEXT: Final = """<td valign="top" style="padding:14px 16px 16px;text-align:{align};\
word-break:break-word">
{names}<h2 dir="{dir}" style="margin:0;font-size:18px;line-height:24px;font-weight:600">\
<a class="link" href="{url}" style="color:#0b57d0;text-decoration:none">{title}</a></h2>
{about}</td></tr>
"""
_NAMES: Final = """<p class="names" style="margin:0 0 4px;font-size:13px;line-height:18px;\
color:#59636e">{names}</p>
"""
_ABOUT: Final = """<p class="about" dir="{dir}" style="margin:6px 0 0;font-size:15px;\
line-height:22px;color:#424a53">{about}</p>
"""


def card(card: Card) -> Message:
    """The card as a whole e-mail."""
    return {"subject": card.title, "text": _plain(card), "html": _page(card)}


def words_and_card(card: Card, text: str) -> Message:
    """An agent's words, and the card below them."""
    return {
        "subject": card.title,
        "text": f"{text}\n\n{_plain(card)}",
        "html": _page(card, text),
    }


def say(text: str) -> Message:
    """An e-mail of words alone; readers make its links ones to click by themselves."""
    return filled(subject=headline(text), text=text)


def _plain(card: Card) -> str:
    return "\n".join(filter(None, (card.title, card.description, card.url)))


def _page(card: Card, text: str = "") -> str:
    # In what language an agent writes nobody says.
    lang = "" if text else _lang(card.lang)
    paragraphs = re.split(r"\n(?:[^\S\n]*\n)+", text.strip("\n")) if text else ()
    return _PAGE.format(
        lang=lang,
        dir=_dir(text or card.title),
        title=_quoted(card.title),
        words="".join(_paragraph(each, card.url) for each in paragraphs),
        card=_table(card),
    )


def _paragraph(text: str, url: str) -> str:
    lines = "".join(
        _LINK.format(url=_quoted(piece)) if is_link else _quoted(piece).replace("\n", "<br />\n")
        for piece, is_link in stretches(text, url)
    )
    return _PARAGRAPH.format(dir=_dir(text), lines=lines)


def _table(card: Card) -> str:
    """The picture above the words, or beside them where it is small or tall."""
    picture = card.image
    if picture is None:
        before = "<tr>"
    elif is_beside(picture):
        width, height = _within(picture, *_BESIDE)
        size = f' width="{width}"' + (f' height="{height}"' if height else "")
        image = _image(card, picture, size, "border-radius:8px;")
        # The side of the padding that is none is the one towards the words.
        padding = "16px 16px 16px 0" if is_rtl(card.title) else "16px 0 16px 16px"
        before = _BESIDE_IT.format(width=width, padding=padding, image=image)
    else:
        height = round(_WIDE / picture.aspect) if picture.aspect else None
        size = f' width="{_WIDE}"' + (f' height="{height}"' if height else "")
        style = "width:100%;height:auto;border-radius:11px 11px 0 0;"
        before = _ABOVE.format(image=_image(card, picture, size, style))
    return _CARD.format(lang=_lang(card.lang), dir=_dir(card.title), rows=before + _text(card))


def _text(card: Card) -> str:
    names = dict.fromkeys(filter(None, (card.site_name, card.host)))
    written = " · ".join(f'<span dir="{_dir(name)}">{_quoted(name)}</span>' for name in names)
    about = card.description
    return _TEXT.format(
        align="right" if is_rtl(card.title) else "left",
        names="" if [*names] == [card.title] else _NAMES.format(names=written),
        dir=_dir(card.title),
        url=_quoted(card.url),
        title=_quoted(card.title),
        about=_ABOUT.format(dir=_dir(about), about=_quoted(about)) if about else "",
    )


def _image(card: Card, picture: Picture, size: str, style: str) -> str:
    # The picture is a link: without words of its own it would be one of no name.
    alt = _quoted(picture.alt or card.title)
    return _IMAGE.format(
        url=_quoted(card.url), src=_quoted(picture.url), alt=alt, size=size, style=style
    )


def _within(picture: Picture, width: int, height: int) -> tuple[int, int | None]:
    """The size of *picture* in a box, in its own proportions; never larger than it is."""
    if not picture.width or not picture.height:
        return min(picture.width or width, width), None
    scale = min(width / picture.width, height / picture.height, 1)
    return max(round(picture.width * scale), 1), max(round(picture.height * scale), 1)


def _lang(tag: str | None) -> str:
    return f' lang="{tag}"' if tag and _LANG.fullmatch(tag) else ""


def _dir(text: str) -> str:
    return "rtl" if is_rtl(text) else "ltr"


def _quoted(text: str) -> str:
    return escape(_FORBIDDEN.sub("", text))


def _html(message: Message) -> str:
    return str(message["html"])


EMAIL: Final = Channel(
    name="email",
    label="E-mail",
    family="email",
    docs=ALTERNATIVE,
    can_edit=False,
    methods=(
        Method(
            ways=(Way.CARD,),
            delivery=Delivery.CARD,
            format="text/html",
            docs=ALTERNATIVE,
            render=card,
            with_text=words_and_card,
            limits=LIMITS,
            wholes=(
                MessageLimit(
                    name="html",
                    read=_html,
                    limit=Limit(
                        max=102_000, unit=Unit.UTF8_BYTES, excess=Excess.CUT, source=CLIPPING
                    ),
                ),
            ),
            picture=PictureRules(
                # Readers that draw with an old engine know no others.
                media_types=frozenset({"image/gif", "image/jpeg", "image/png"}),
                max_bytes=5_000_000,
            ),
            rules=RULES,
        ),
    ),
    say=say,
    # Written as HTML, with a card below it, it is still within 102 KB.
    text_limits=(Limit(max=14_000, unit=Unit.UTF8_BYTES),),
    longest_text=Limit(max=14_000, unit=Unit.UTF8_BYTES),
    notes=(f"Gmail clips HTML of more than 102 KB; linked pictures do not count: {CLIPPING}",),
)
