"""Files stay within their bounds, and lose what is least missed first."""

import io
from collections.abc import Callable

import pytest
from PIL import Image

from preview_service.errors import NotAPicture
from preview_service.images import encode as encoding
from preview_service.images.encode import DARK, WHITE, encode, flattened
from preview_service.images.spec import MIN_BYTES, Spec

Draw = Callable[..., Image.Image]
TYPES = ["image/jpeg", "image/png", "image/webp"]


def spec(max_bytes: int, *media_types: str) -> Spec:
    return Spec(media_types, 4096, 4096, max_bytes)


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """What no encoder can make small."""
    return Image.merge(mode, [Image.effect_noise((width, height), 200) for _ in mode])


@pytest.mark.parametrize("media_type", TYPES)
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("max_bytes", [10_000_000, 100_000, 20_000, MIN_BYTES])
def test_it_fits_whatever_it_is(media_type: str, mode: str, max_bytes: int) -> None:
    data, made, size = encode(noise(400, 300, mode), spec(max_bytes, media_type))
    assert (made, len(data) <= max_bytes) == (media_type, True)
    image = Image.open(io.BytesIO(data))
    assert (image.get_format_mimetype(), image.size) == (media_type, size)
    assert abs(size[0] / size[1] - 4 / 3) < 0.1


@pytest.mark.parametrize("media_type", TYPES)
def test_the_worst_there_is_fits_the_least_there_is(media_type: str) -> None:
    data, _, size = encode(noise(1500, 1500, "RGBA"), spec(MIN_BYTES, media_type))
    assert len(data) <= MIN_BYTES
    assert min(size) >= 16


@pytest.mark.parametrize("media_type", TYPES)
@pytest.mark.parametrize("max_bytes", [20_000, 40_000, 80_000])
def test_much_of_what_may_be_used_is_used(media_type: str, photo: Draw, max_bytes: int) -> None:
    data, _, _ = encode(photo(1200, 900), spec(max_bytes, media_type))
    assert len(data) > 0.4 * max_bytes


def test_details_go_before_pixels() -> None:
    image = noise(240, 240)
    for media_type in TYPES:
        best = len(encode(image, spec(10_000_000, media_type))[0])
        data, _, size = encode(image, spec(int(best * 0.8), media_type))
        assert (size, len(data) < best) == ((240, 240), True)


def test_a_png_becomes_a_palette_before_it_is_made_smaller(photo: Draw) -> None:
    image = photo(240, 240)
    full = len(encode(image, spec(200_000, "image/png"))[0])
    data, _, size = encode(image, spec(full // 2, "image/png"))
    assert (Image.open(io.BytesIO(data)).mode, size) == ("P", (240, 240))


def test_the_first_type_that_fits_is_taken(photo: Draw) -> None:
    image = photo(600, 600)
    assert encode(image, spec(10_000_000, "image/png", "image/jpeg"))[1] == "image/png"
    # A JPEG of all pixels rather than a PNG of a few.
    _, media_type, size = encode(image, spec(60_000, "image/png", "image/jpeg"))
    assert (media_type, size) == ("image/jpeg", (600, 600))


def test_the_steps_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    saved = 0

    def endless(image: Image.Image, encoder: str, **options: object) -> bytes:
        nonlocal saved
        saved += 1
        return bytes(5000)

    monkeypatch.setattr(encoding, "saved", endless)
    with pytest.raises(NotAPicture) as raised:
        encode(noise(100, 100), spec(MIN_BYTES, *TYPES))
    assert raised.value.reason == "too_large"
    assert saved <= 80


@pytest.mark.parametrize("media_type", ["image/png", "image/webp"])
def test_transparency_is_kept_where_it_can_be(logo: Draw, media_type: str) -> None:
    for max_bytes in (100_000, MIN_BYTES):
        data, _, size = encode(logo(400, 400, "#c00000"), spec(max_bytes, media_type))
        image = Image.open(io.BytesIO(data)).convert("RGBA")
        assert image.getpixel((0, 0))[3] == 0
        assert image.getpixel((size[0] // 2, size[1] // 2))[3] == 255


@pytest.mark.parametrize(
    ("color", "ground"),
    [("#c00000", WHITE), ("#000000", WHITE), ("#ffffff", DARK), ("#f4f4f0", DARK)],
)
def test_what_is_seen_through_becomes_white_unless_nothing_were_seen_then(
    logo: Draw, color: str, ground: tuple[int, int, int]
) -> None:
    image = flattened(logo(80, 80, color))
    assert (image.mode, image.getpixel((0, 0))) == ("RGB", ground)
    data, _, _ = encode(logo(80, 80, color), spec(100_000, "image/jpeg"))
    corner = Image.open(io.BytesIO(data)).getpixel((0, 0))
    assert all(abs(a - b) < 9 for a, b in zip(corner, ground, strict=True))


@pytest.mark.parametrize("alpha", [0, 10, 255])
def test_white_alone_stays_white(alpha: int) -> None:
    image = flattened(Image.new("RGBA", (9, 9), (255, 255, 255, alpha)))
    assert image.getpixel((4, 4)) == WHITE
