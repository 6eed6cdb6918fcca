"""What a channel cuts off is what matters least."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from preview_service.images.crop import crop_box

SKIN = (224, 172, 140)


def scene(width: int, height: int, thing: tuple[int, int, int, int], fill: object) -> Image.Image:
    """A sky with a gentle slope and one thing in it."""
    sky = Image.linear_gradient("L").resize((width, height))
    image = Image.merge("RGB", (sky.point(lambda v: 120 + v // 8), *[sky.point(lambda v: 170)] * 2))
    draw = ImageDraw.Draw(image)
    draw.ellipse(thing, fill=fill)  # type: ignore[arg-type]
    return image


@pytest.mark.parametrize("left", [0, 10, 38, 60, 76])
def test_the_one_thing_in_a_wide_picture_is_kept(left: int) -> None:
    image = scene(96, 32, (left, 8, left + 16, 24), "black")
    box = crop_box(image, (1 / 3, 1))
    assert (box[1], box[3]) == (0, 1)
    assert box[0] * 96 <= left + 1
    assert left + 15 <= box[2] * 96


@pytest.mark.parametrize("top", [0, 10, 40, 76])
def test_the_one_thing_in_a_high_picture_is_kept(top: int) -> None:
    image = scene(32, 96, (8, top, 24, top + 16), "black")
    box = crop_box(image, (1, 1 / 3))
    assert (box[0], box[2]) == (0, 1)
    assert box[1] * 96 <= top + 1
    assert top + 15 <= box[3] * 96


def test_skin_counts_for_more_than_other_things() -> None:
    image = scene(96, 32, (70, 6, 88, 26), (90, 90, 140))
    face = ImageDraw.Draw(image)
    face.ellipse((6, 6, 24, 26), fill=SKIN)
    for at in (11, 17):
        face.rectangle((at, 13, at + 2, 15), fill="black")
    assert crop_box(image, (1 / 3, 1))[0] < 0.1


def test_where_nothing_is_the_middle_is_kept_or_the_upper_third() -> None:
    plain = Image.new("RGB", (90, 90), "grey")
    assert crop_box(plain, (0.5, 1))[0] == pytest.approx(0.25, abs=0.02)
    assert crop_box(plain, (1, 0.5))[1] == pytest.approx(0.5 / 3, abs=0.02)


def test_what_is_to_be_kept_whole_is() -> None:
    assert crop_box(Image.new("RGB", (9, 9)), (1, 1)) == (0, 0, 1, 1)


@given(
    st.integers(1, 96),
    st.integers(1, 96),
    st.floats(0.001, 1),
    st.booleans(),
)
def test_the_box_has_the_shape_asked_for_and_is_in_the_picture(
    width: int, height: int, share: float, is_width: bool
) -> None:
    image = Image.effect_noise((width, height), 80).convert("RGB")
    left, top, right, bottom = crop_box(image, (share, 1.0) if is_width else (1.0, share))
    assert 0 <= left < right <= 1 + 1e-9
    assert 0 <= top < bottom <= 1 + 1e-9
    kept = right - left if is_width else bottom - top
    assert kept == pytest.approx(share)
