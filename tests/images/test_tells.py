"""Addresses that give themselves away, and those that only look like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.images.tells import tell

HASH = "205e460b479e2e5b48aec07710c08d50"

REFUSED = {
    "spacer": [
        "https://s0.wp.com/i/blank.jpg",
        "https://shop.example/img/spacer.gif?v=2",
        "https://shop.example/1x1.png",
        "https://shop.example/img/Transparent-Pixel.png",
        "https://shop.example/img/clear.gif",
        "https://shop.example/img/pixel-1x1.gif",
        "https://shop.example/img/blank_600x400.png",
        "https://shop.example/img/blank%20image.gif",
    ],
    "tracking_pixel": [
        "https://shop.example/pixel.gif?event=view",
        "https://www.facebook.com/tr?id=1&ev=PageView&noscript=1",
        "https://stats.g.doubleclick.net/r/collect?v=1",
        "https://www.google-analytics.com/collect?v=1",
        "https://googleads.g.doubleclick.net/pagead/viewthroughconversion/1/",
        "https://www.google.co.uk/ads/ga-audiences?v=1",
        "https://pixel.wp.com/g.gif?v=ext",
        "https://sb.scorecardresearch.com/p?c1=2",
        "https://px.ads.linkedin.com/collect/?pid=1",
        "https://mc.yandex.ru/watch/1",
        "https://counter.yadro.ru/hit?r",
        "https://top-fwz1.mail.ru/counter?id=1",
        "https://hm.baidu.com/hm.gif?si=1",
        "https://vg08.met.vgwort.de/na/5f0b",
        "https://stats.shop.example/matomo.php?idsite=1",
    ],
    "sprite": [
        "https://shop.example/sprite.png",
        "https://shop.example/css/icons-sprite-2x.png",
        "https://shop.example/img/css_sprites.png",
        "https://shop.example/img/sprites-v12.png",
    ],
    "placeholder": [
        "https://shop.example/img/placeholder.png",
        "https://shop.example/wp-content/uploads/woocommerce-placeholder-600x600.png",
        "https://cdn.shopify.com/s/assets/no-image-2048-5e88c1b20e087fb7bbe9a3771824e743_large.gif",
        "https://shop.example/images/nopreview.png",
        "https://shop.example/img/No_Image_Available.jpg",
        "https://via.placeholder.com/600x400.png",
        "https://placehold.co/600x400",
        "https://shop.example/media/catalog/product/placeholder/default/logo.jpg",
        "https://shop.example/img/p/de-default-large_default.jpg",
        "https://shop.example/sem-imagem.png",
    ],
    "default_avatar": [
        f"https://secure.gravatar.com/avatar/{HASH}?s=96&d=mm&r=g",
        f"https://secure.gravatar.com/avatar/{HASH}?d=mp",
        f"https://www.gravatar.com/avatar/{HASH}?s=200&default=mystery",
        f"https://www.gravatar.com/avatar/{HASH}?d=identicon&f=y",
        f"https://www.gravatar.com/avatar/{'0' * 32}?d=identicon",
        "https://gravatar.com/avatar/?s=200",
        "https://forum.example/wp-content/plugins/buddypress/bp-core/images/mystery-man.jpg",
        "https://static.xx.fbcdn.net/rsrc.php/v1/yi/r/odA9sNLrE86.jpg",
        "https://abs.twimg.com/sticky/default_profile_images/default_profile_400x400.png",
        "https://assets.tumblr.com/images/default_avatar/cone_open_128.png",
        "https://cdn.discordapp.com/embed/avatars/0.png",
        "https://www.redditstatic.com/avatars/avatar_default_02_A5A4A4.png",
        "https://www.flickr.com/images/buddyicon.gif",
        "https://forum.example/img/default-avatar.png",
        "https://forum.example/img/no_avatar_200x200.jpg",
    ],
    "media_type": [
        "https://shop.example/logo.svg",
        "https://shop.example/favicon.ico?v=2",
        "https://shop.example/film.mp4",
        "https://shop.example/paper.pdf",
    ],
    "not_http": ["data:image/png;base64,iVBORw0KGgo=", "file:///srv/shoe.jpg", "shoe.jpg", ""],
}

KEPT = [
    "https://shop.example/pixel-7-pro.jpg",
    "https://shop.example/pixel-7.png",
    "https://shop.example/pixel.jpg",
    "https://shop.example/google-pixel.png",
    "https://shop.example/pixel10.png",
    "https://pixel.example/shoe.png",
    "https://shop.example/blank-notebook.jpg",
    "https://shop.example/blank-canvas-300x200.png",
    "https://shop.example/blanket.jpg",
    "https://shop.example/spacer-block-9mm.jpg",
    "https://shop.example/transparent-umbrella.png",
    "https://shop.example/clear-case.png",
    "https://shop.example/clear.jpg",
    "https://shop.example/empty-nest.png",
    "https://shop.example/dot.jpg",
    "https://shop.example/white.png",
    "https://shop.example/art-1x1.png",
    "https://shop.example/sprite-can-330ml.png",
    "https://shop.example/sprite.jpg",
    "https://shop.example/lemon-lime-sprite.png",
    "https://raw.example/sprites/pokemon/25.png",
    "https://shop.example/placeholder-theory-cover.jpg",
    "https://shop.example/placeholder/shoe.jpg",
    "https://shop.example/no-image-no-life.jpg",
    "https://shop.example/coming-soon.jpg",
    "https://shop.example/default.jpg",
    "https://shop.example/opengraph_default.jpg",
    "https://i.ytimg.com/vi/Lfw9H63g0OQ/hqdefault.jpg",
    "https://shop.example/avatar-the-last-airbender.jpg",
    "https://shop.example/mystery-man.jpg",
    "https://shop.example/silhouette-cameo-4.jpg",
    "https://avatars.githubusercontent.com/u/282759?s=400&v=4",
    f"https://secure.gravatar.com/avatar/{HASH}?s=400",
    f"https://secure.gravatar.com/avatar/{HASH}?s=400&d=identicon",
    f"https://secure.gravatar.com/blavatar/{HASH}?s=200",
    "https://www.facebook.com/trail/photo.jpg",
    "https://scontent.xx.fbcdn.net/v/t1.0-9/12345_n.jpg",
    "https://upload.wikimedia.org/wikipedia/commons/thumb/a/a1/Logo.svg/1200px-Logo.svg.png",
    "https://res.cloudinary.com/acme/image/upload/w_600,f_png/logo.svg",
    "https://img.example/logo.svg?format=png&w=600",
    "https://shop.example/image.php?id=42",
    "https://shop.example/",
]


@pytest.mark.parametrize(
    ("reason", "address"), [(reason, each) for reason, all_ in REFUSED.items() for each in all_]
)
def test_it_gives_itself_away(reason: str, address: str) -> None:
    found = tell(address)
    assert found is not None
    assert found.reason == reason
    assert found.name or not address


@pytest.mark.parametrize("address", KEPT)
def test_it_only_looks_like_it(address: str) -> None:
    assert tell(address) is None


@pytest.mark.parametrize(
    ("address", "media_type", "is_refused"),
    [
        ("https://shop.example/logo", "image/svg+xml; charset=utf-8", True),
        ("https://shop.example/icon", "image/vnd.microsoft.icon", True),
        ("https://shop.example/film", "video/mp4", True),
        ("https://shop.example/page", "text/html", True),
        ("https://shop.example/shoe", "image/jpg", False),
        ("https://shop.example/shoe", "jpeg", False),
        ("https://shop.example/shoe", "application/octet-stream", False),
        # One of the two is wrong, and names lie less.
        ("https://shop.example/shoe.png", "text/html", False),
        ("https://shop.example/shoe.jpg", "image/svg+xml", False),
    ],
)
def test_a_declared_type_counts_where_the_name_says_nothing(
    address: str, media_type: str, is_refused: bool
) -> None:
    assert (tell(address, media_type) is not None) is is_refused


@given(st.text(max_size=200))
def test_any_address_is_judged(text: str) -> None:
    tell(text)
    tell(f"https://{text}", text)
