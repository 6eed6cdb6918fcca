"""An image's address → the reason why it is no picture for a card, as far as addresses tell.

Rows of what is known to be drawn for nobody to look at. Each is narrow: what a page declares as its
picture mostly is one, and the word "pixel" may be a telephone's, "sprite" a drink's. So a file's
name has to be nothing but the word, sizes and hashes aside; of other words in it, or of folders
that it stands in, nothing follows.
"""

import re
from typing import Final
from urllib.parse import unquote

import msgspec

from preview_service.page.patterns import compiled


class Tell(msgspec.Struct, frozen=True, kw_only=True):
    """`reason` is what the picture is, `name` the row that says so."""

    reason: str
    name: str


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    """`pattern` is sought in host, path and query, in lower case and without a scheme."""

    reason: str
    name: str
    pattern: re.Pattern[str]


def _row(reason: str, name: str, pattern: str) -> _Row:
    return _Row(reason=reason, name=name, pattern=compiled(pattern))


# Words of a file's name, a hyphen between them → what it is a picture of, whatever its format.
_NAMES: Final[dict[str, str]] = {
    name: reason
    for reason, names in {
        "spacer": (
            "1px 1x1 1-pixel 1pixel 1x1-pixel 1x1-transparent blank blank-gif blank-image blank-img"
            " blank-pixel clear-pixel cleardot empty-pixel one-pixel pixel-1x1 pixel-blank"
            " pixel-trans pixel-transparent spacer spacer-gif transparent transparent-gif"
            " transparent-image transparent-pixel"
        ),
        "placeholder": (
            "geen-afbeelding image-coming-soon image-missing image-not-available image-not-found"
            " image-placeholder image-unavailable imagenotavailable imagenotfound img-not-found"
            " img-placeholder kein-bild keinbild missing-image nessuna-immagine no-cover no-foto"
            " no-image no-image-available no-image-found no-image-icon no-img no-photo"
            " no-photo-available no-pic no-picture no-picture-available no-poster no-preview"
            " no-product-image no-thumb no-thumbnail nocover nofoto noimage noimageavailable"
            " noimagefound noimg nophoto nopic nopicture noposter nopreview nothumb nothumbnail"
            " photo-coming-soon photo-not-available photo-unavailable picture-not-available"
            " placeholder placeholder-image placeholder-img product-placeholder sem-foto"
            " sem-imagem semfoto semimagem sin-foto sin-imagen sinfoto sinimagen"
            " thumbnail-placeholder woocommerce-placeholder"
        ),
        "default_avatar": (
            "anonymous-avatar avatar-anonymous avatar-blank avatar-default avatar-generic"
            " avatar-placeholder blank-avatar blank-profile blank-profile-picture buddyicon"
            " default-avatar default-profile default-profile-image default-profile-normal"
            " default-profile-pic default-profile-picture default-user default-user-avatar"
            " default-user-icon default-userpic defaultavatar defaultuser empty-avatar"
            " generic-avatar ghost-company ghost-person ghost-profile gravatar-default no-avatar"
            " noavatar noavatar92 placeholder-avatar profile-default profile-placeholder"
            " unknown-user user-default user-placeholder"
        ),
    }.items()
    for name in names.split()
}

# Words that mean a spacer in the formats that those were made in; JPEG shows something.
_NAMES_OF_GRAPHICS: Final[dict[str, str]] = {
    **dict.fromkeys(("clear", "dot", "empty", "invisible", "px", "shim", "trans"), "spacer"),
    **dict.fromkeys(("pixel", "tracking-pixel", "trackingpixel", "beacon"), "tracking_pixel"),
}
_GRAPHICS: Final = frozenset({"gif", "png", "webp", ""})

_SPRITE: Final = re.compile(
    r"(?:(?:css|flags?|global|icons?|images?|img|logos?|main|nav|site|social|ui)-)?sprites?"
    r"(?:-(?:all|global|icons?|main|retina|sheets?|v?[0-9]{1,3}|[0-9]x))*"
)

_ROWS: Final = (
    _row(
        "placeholder",
        "placeholder service",
        r"^(?:[a-z]+\.)?(?:placehold\.(?:co|it|jp)|placeholder\.com|dummyimage\.com|fakeimg\.pl"
        r"|placeimg\.com)/",
    ),
    # https://experienceleague.adobe.com/en/docs/commerce-admin/catalog/products/digital-assets/product-image-placeholders
    _row("placeholder", "Magento", r"/catalog/product/placeholder/"),
    _row("placeholder", "PrestaShop", r"/img/p/[a-z]{2}-default(?:-[a-z_]+)?\.jpg$"),
    # https://docs.gravatar.com/sdk/images/: what is shown of whom it does not know, a silhouette
    # or nothing; or of everybody.
    _row(
        "default_avatar",
        "Gravatar for nobody",
        r"^(?:[a-z0-9]+\.)?gravatar\.com/avatar/"
        r"(?:(?:0{32}|d41d8cd98f00b204e9800998ecf8427e)?(?:\.[a-z]+)?/?(?:\?|$)"
        r"|[^?]*+\?(?:.*?&)??(?:f|forcedefault)=y(?:&|$))",
    ),
    _row(
        "default_avatar",
        "Gravatar or a silhouette",
        r"^(?:[a-z0-9]+\.)?gravatar\.com/avatar/[^?]*+\?(?:.*?&)??"
        r"(?:d|default)=(?:blank|mm|mp|mystery|mysteryman)(?:&|$)",
    ),
    _row("default_avatar", "WordPress mystery person", r"/bp-core/images/mystery-man"),
    _row("default_avatar", "Facebook silhouette", r"^static\.[a-z.]*fbcdn\.net/rsrc\.php/"),
    _row("default_avatar", "X", r"^abs\.twimg\.com/sticky/default_profile_images/"),
    _row("default_avatar", "Tumblr", r"^assets\.tumblr\.com/images/default_avatar/"),
    _row("default_avatar", "Discord", r"^cdn\.discordapp\.com/embed/avatars/"),
    _row("default_avatar", "Reddit", r"redditstatic\.com/avatars/(?:defaults/)?avatar_default_"),
    _row("default_avatar", "Vimeo", r"^i\.vimeocdn\.com/portrait/default"),
    _row("default_avatar", "VK", r"^vk\.com/images/(?:camera|deactivated)_"),
    _row("tracking_pixel", "Facebook", r"^(?:www\.)?facebook\.com/tr(?:/|\?|$)"),
    _row(
        "tracking_pixel",
        "Google",
        r"^(?:(?:www|ssl|region[0-9]+)\.)?google-analytics\.com/"
        r"|^(?:[a-z0-9.-]+\.)?(?:doubleclick\.net|googleadservices\.com)/"
        r"|^(?:www\.)?google\.[a-z.]{2,6}/(?:ads|pagead)/",
    ),
    _row("tracking_pixel", "WordPress", r"^(?:pixel|stats)\.wp\.com/"),
    _row("tracking_pixel", "Scorecard", r"^[bs]b?\.scorecardresearch\.com/"),
    _row("tracking_pixel", "Quantcast", r"^pixel\.quantserve\.com/"),
    _row("tracking_pixel", "Bing", r"^bat\.bing\.com/"),
    _row("tracking_pixel", "Pinterest", r"^ct\.pinterest\.com/"),
    _row("tracking_pixel", "X", r"^(?:t\.co|analytics\.twitter\.com)/i/adsct"),
    _row("tracking_pixel", "LinkedIn", r"^(?:px\.ads|dc\.ads|px)\.linkedin\.com/"),
    _row("tracking_pixel", "Yandex", r"^mc\.yandex\.[a-z]{2,3}/"),
    _row("tracking_pixel", "LiveInternet", r"^counter\.yadro\.ru/"),
    _row("tracking_pixel", "Mail.ru", r"^top(?:-[a-z0-9]+)?\.(?:list|mail)\.ru/"),
    _row("tracking_pixel", "Rambler", r"^counter\.rambler\.ru/"),
    _row("tracking_pixel", "Baidu", r"^hm\.baidu\.com/"),
    _row("tracking_pixel", "VG Wort", r"^(?:ssl-)?vg[0-9]{2}\.met\.vgwort\.de/"),
    _row("tracking_pixel", "IVW", r"^(?:[a-z0-9-]+\.)?ivwbox\.de/"),
    _row("tracking_pixel", "Matomo", r"/(?:matomo|piwik)\.php\?"),
)

# What an address ends in that no picture of a card is made of. A server may make one of it all the
# same, and then names what it makes.
_NO_PICTURES: Final = frozenset(
    {
        *("cur", "htm", "html", "ico", "m3u8", "m4v", "mov", "mp3", "mp4", "pdf", "svg", "svgz"),
        *("swf", "webm"),
    }
)
_MADE_OF_IT = re.compile(r"(?<![a-z0-9])(?:auto|avif|jpe?g|png|webp)(?![a-z0-9])")
_PICTURES: Final = frozenset(["avif", "bmp", "gif", "jpe", "jpeg", "jpg", "png", "webp"])
_TYPES_OF_NO_PICTURES: Final = frozenset(
    {"image/svg+xml", "image/vnd.microsoft.icon", "image/x-icon", "image/ico", "image/icon"}
)

_MAX_STEM: Final = 120
_SEPARATORS = re.compile(r"[\s._+~-]+")
# "-300x200", "@2x", "-2048", "_large", "-5e88c1b20e087fb7": which copy of the picture it is.
_COPY = compiled(
    r"(?:@[0-9]x|[-_.@]?[0-9]{1,4}x[0-9]{1,4}|[-_.](?:[0-9]{3,4}|[0-9a-f]{8,64}"
    r"|compact|full|grande|large|lg|md|medium|original|small|sm|thumb|xl))++$"
)


def tell(address: str, media_type: str | None = None) -> Tell | None:
    """What the picture at *address*, declared to be of *media_type*, is if it is none for a card.

    Reasons: `not_http`, `media_type`, `spacer`, `tracking_pixel`, `sprite`, `placeholder`,
    `default_avatar`.
    """
    scheme, colon, rest = address.lower().partition("://")
    if not colon or scheme not in ("http", "https"):
        return Tell(reason="not_http", name=scheme.partition(":")[0][:16])
    rest = rest.partition("#")[0]
    path_and_query = rest.partition("/")[2]
    stem, extension = _file(path_and_query.partition("?")[0])
    refused = _by_type(path_and_query, extension, media_type)
    return refused or _by_name(stem, extension) or _by_address(rest)


def _file(path: str) -> tuple[str, str]:
    """The name of the file, hyphens between its words, and its extension."""
    name = unquote(path.rstrip("/").rpartition("/")[2])
    stem, dot, extension = name.rpartition(".")
    if not dot or not extension.isalnum():
        stem, extension = name, ""
    return _SEPARATORS.sub("-", stem).strip("-"), extension


def _by_type(path_and_query: str, extension: str, media_type: str | None) -> Tell | None:
    if extension in _NO_PICTURES and not _MADE_OF_IT.search(path_and_query):
        return Tell(reason="media_type", name=extension)
    declared = (media_type or "").partition(";")[0].strip().lower()
    is_other = "/" in declared and not declared.startswith(("image/", "binary/", "application/oct"))
    if extension not in _PICTURES and (is_other or declared in _TYPES_OF_NO_PICTURES):
        return Tell(reason="media_type", name=declared)
    return None


def _by_name(stem: str, extension: str) -> Tell | None:
    if len(stem) > _MAX_STEM:
        return None
    bare = _COPY.sub("", stem) if stem not in _NAMES else stem
    reason = _NAMES.get(bare)
    if reason is None and extension in _GRAPHICS:
        reason = _NAMES_OF_GRAPHICS.get(stem)
        if _SPRITE.fullmatch(stem):
            reason = "sprite"
    return Tell(reason=reason, name=f"name {bare}") if reason else None


def _by_address(rest: str) -> Tell | None:
    found = (row for row in _ROWS if row.pattern.search(rest))
    return next((Tell(reason=row.reason, name=row.name) for row in found), None)
