"""What a picture is, as its own bytes say: the noun that this family's modules pass around."""

import msgspec


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the bytes of a picture say of it; nothing here was declared by a page or a server.

    `media_type` is one of JPEG, PNG, GIF, WebP, AVIF, ICO and BMP. `width` and `height` are in
    pixels and as shown, so with `orientation` applied: Exif's, 1 to 8
    (https://www.cipa.jp/std/documents/e/DC-008-Translation-2019-E.pdf, 4.6.4 A), 1 for upright.
    """

    media_type: str
    width: int
    height: int
    is_animated: bool = False
    orientation: int = 1
