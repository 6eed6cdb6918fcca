"""What stands for a picture until it is there."""

import base64
import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from preview_service.images.placeholder import MAX_CHARS, dominant_color, is_blank, placeholder

Draw = Callable[..., Image.Image]


def decoded(uri: str) -> Image.Image:
    kind, _, content = uri.partition(",")
    assert kind == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(content, validate=True)))


def test_a_placeholder_is_the_picture_in_small(photo: Draw) -> None:
    image = decoded(placeholder(photo(96, 64)))
    assert (image.mode, image.size) == ("RGB", (16, 11))
    (red, _, _), (_, _, blue) = image.getpixel((8, 0)), image.getpixel((8, 10))
    assert red > 130
    assert blue > 130


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("size", [(96, 96), (96, 1), (1, 96), (1, 1), (16, 16), (5, 9)])
@pytest.mark.parametrize("contrast", [0, 60, 500])
def test_it_is_never_longer_than_it_may_be(mode: str, size: tuple[int, int], contrast: int) -> None:
    image = Image.merge(mode, [Image.effect_noise(size, contrast) for _ in mode])
    uri = placeholder(image)
    assert len(uri) <= MAX_CHARS
    assert max(decoded(uri).size) <= 16


@pytest.mark.parametrize(
    ("ground", "thing", "expected"),
    [
        ((10, 20, 30, 255), (250, 0, 0, 255), "#0a141e"),
        ((10, 20, 30, 0), (250, 0, 0, 255), "#fa0000"),
        ((0, 0, 0, 0), (0, 0, 0, 0), "#000000"),
    ],
)
def test_the_colour_is_of_most_of_what_is_seen(
    ground: tuple[int, ...], thing: tuple[int, ...], expected: str
) -> None:
    image = Image.new("RGBA", (60, 60), ground)
    image.paste(thing, (0, 0, 20, 60))
    found = dominant_color(image)
    pairs = zip(bytes.fromhex(found[1:]), bytes.fromhex(expected[1:]), strict=True)
    assert all(abs(one - other) <= 2 for one, other in pairs)


@given(st.tuples(*[st.integers(0, 255)] * 4))
def test_one_colour_is_blank_and_has_its_name(color: tuple[int, ...]) -> None:
    for mode in ("RGB", "RGBA"):
        image = Image.new(mode, (9, 9), color[: len(mode)])
        assert is_blank(image)
        assert len(dominant_color(image)) == 7


@pytest.mark.parametrize("color", ["white", "#c00000"])
def test_a_shape_on_nothing_is_not_blank(logo: Draw, color: str) -> None:
    assert not is_blank(logo(60, 60, color))


def test_nearly_nothing_is_blank(photo: Draw) -> None:
    noisy = Image.new("RGB", (60, 60), "white")
    noisy.paste((245, 245, 245), (0, 0, 30, 30))
    assert is_blank(noisy)
    noisy.paste((200, 245, 245), (30, 30, 33, 33))
    assert not is_blank(noisy)
    assert not is_blank(photo(60, 60))
    assert is_blank(Image.new("RGBA", (9, 9), (255, 0, 0, 3)))
