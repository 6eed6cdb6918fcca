"""A preview's image + what a message takes → the picture it carries, or why it carries none."""

import re
from binascii import Error, a2b_base64
from math import inf
from typing import Final

from preview_service.channels.base import Picture, PictureRules, is_uri
from preview_service.model import FitAction, Image

_MEDIA_TYPES: Final = {
    "avif": "image/avif",
    "bmp": "image/bmp",
    "gif": "image/gif",
    "ico": "image/x-icon",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "webp": "image/webp",
}

# https://www.rfc-editor.org/rfc/rfc2397, as far as pictures are written in it
_DATA: Final = re.compile(r"data:(image/[a-z0-9.+-]+);base64,([A-Za-z0-9+/]+={0,2})")
# How a picture that holds anything begins: with a header behind the signature.
_BEGINNINGS: Final = {
    "image/png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "image/jpeg": b"\xff\xd8\xff",
}


def fit_picture(image: Image, rules: PictureRules | None, done: list[FitAction]) -> Picture | None:
    """*image* if *rules* let a message carry it; else the refusal is added to *done*."""
    picture = _inline(image) if rules is not None and rules.is_inline else _linked(image)
    refusal = rules and _refusal(picture, rules)
    if refusal:
        done.append(refusal)
        return None
    return picture


def _linked(image: Image) -> Picture:
    return Picture(
        url=image.url,
        media_type=_media_type(image),
        width=image.width or None,
        height=image.height or None,
        bytes=image.bytes or None,
        alt=image.alt,
    )


def _inline(image: Image) -> Picture:
    """*image* with what its address itself holds of it."""
    found = _DATA.fullmatch(image.url)
    data = found and _decoded(found[2])
    if not found or not data or not data.startswith(_BEGINNINGS.get(found[1], b"")):
        return Picture(url=image.url, alt=image.alt)
    return Picture(
        url=image.url,
        media_type=found[1],
        width=image.width or None,
        height=image.height or None,
        bytes=len(data),
        alt=image.alt,
        data=found[2],
    )


def _decoded(data: str) -> bytes | None:
    try:
        return a2b_base64(data, strict_mode=True)
    except Error:
        return None


def _media_type(image: Image) -> str | None:
    declared = (image.media_type or "").partition(";")[0].strip().lower()
    if declared.startswith("image/"):
        return "image/jpeg" if declared == "image/jpg" else declared
    return _MEDIA_TYPES.get(_extension(image.url))


def _extension(url: str) -> str:
    path = url.partition("#")[0].partition("?")[0]
    return path.rpartition(".")[2].lower()


def _refusal(picture: Picture, rules: PictureRules) -> FitAction | None:
    """Why *rules* keep the picture out of the message, if they do."""
    if rules.is_inline:
        if picture.data is None:
            return _dropped("not_inline")
    elif not picture.url.startswith("https://" if rules.https else ("https://", "http://")):
        return _dropped("scheme")
    elif rules.uri_only and not is_uri(picture.url):
        return _dropped("not_percent_encoded")
    media_type = picture.media_type or rules.assumed_type
    if media_type and media_type not in rules.media_types:
        return _dropped("media_type")
    if rules.extensions and _extension(picture.url) not in rules.extensions:
        return _dropped("extension")
    return _oversize(picture, rules)


def _oversize(picture: Picture, rules: PictureRules) -> FitAction | None:
    for limit, unit, was in (
        (rules.max_bytes, "bytes", picture.bytes),
        (rules.max_width, "pixels_wide", picture.width),
        (rules.max_height, "pixels_high", picture.height),
        (rules.max_url, "characters", None if rules.is_inline else len(picture.url)),
    ):
        if limit and was and was > limit:
            return FitAction(field="image", action="dropped", limit=limit, unit=unit, was=was)
    least, most = rules.min_aspect or 0, rules.max_aspect or inf
    if picture.aspect and not least <= picture.aspect <= most:
        return _dropped("aspect_ratio")
    return None


def _dropped(because: str) -> FitAction:
    return FitAction(field="image", action="dropped", because=because)
