"""A file becomes one upright picture, or a reason why it does not; nothing else ever."""

import struct
import warnings
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from preview_service.errors import NotAPicture
from preview_service.images.base import Facts
from preview_service.images.decode import MAX_BYTES, Decoded, decode

Save = Callable[..., bytes]
Draw = Callable[..., Image.Image]
RED, BLUE = (255, 0, 0), (0, 0, 255)


def whole(data: bytes) -> Decoded:
    return decode(data, lambda size: 1.0)


def shown(data: bytes) -> Image.Image:
    picture = whole(data)
    return picture.copy(picture.size)


def reason(data: bytes) -> str:
    with pytest.raises(NotAPicture) as raised:
        whole(data)
    return raised.value.reason


def near(one: Any, other: tuple[int, ...], tolerance: int = 12) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(one, other, strict=True))


@pytest.fixture
def flag() -> Image.Image:
    """Red above blue, and wider than high."""
    image = Image.new("RGB", (64, 32), RED)
    image.paste(BLUE, (0, 16, 64, 32))
    return image


@pytest.mark.parametrize(
    ("encoder", "media_type"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("GIF", "image/gif"),
        ("WEBP", "image/webp"),
        ("AVIF", "image/avif"),
        ("ICO", "image/x-icon"),
        ("BMP", "image/bmp"),
    ],
)
def test_what_browsers_show_is_read(
    save: Save, flag: Image.Image, encoder: str, media_type: str
) -> None:
    options = {"sizes": [(64, 32)]} if encoder == "ICO" else {}
    data = save(flag, encoder, **options)
    assert whole(data).facts == Facts(media_type=media_type, width=64, height=32)
    image = shown(data)
    assert (image.mode, image.size) == ("RGB", (64, 32))
    assert near(image.getpixel((32, 4)), RED)
    assert near(image.getpixel((32, 28)), BLUE)


@pytest.mark.parametrize("encoder", ["TIFF", "JPEG2000", "TGA", "PPM", "PCX", "ICNS", "EPS", "DDS"])
def test_other_formats_are_refused_unread(save: Save, flag: Image.Image, encoder: str) -> None:
    # The beginning of a TGA is that of a cursor.
    expected = {"TIFF": "unsupported_format", "TGA": "broken"}.get(encoder, "not_a_picture")
    assert reason(save(flag, encoder)) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"<!doctype html><img src=a>",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b'<?xml version="1.0"?><svg/>',
        b"%PDF-1.7",
        b"GIF88a\1\0\1\0",
        b"RIFF\0\0\0\0WAVE",
    ],
)
def test_what_is_no_picture(data: bytes) -> None:
    assert reason(data) == "not_a_picture"


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"\0\0\0\x1cftypavif",
        b"\0\0\1\0",
        b"BM\0\0\0\0\0\0\0\0",
        b"GIF89a/*" + b"*/=1;alert(1)//" * 9,
    ],
)
def test_a_beginning_alone_is_broken(data: bytes) -> None:
    assert reason(data) == "broken"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("encoder", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_every_orientation_is_shown_upright(
    save: Save, flag: Image.Image, encoder: str, orientation: int
) -> None:
    # https://www.cipa.jp/std/documents/e/DC-008-Translation-2019-E.pdf, 4.6.4 A: where the 0th row
    # and the 0th column of what is stored are when it is shown.
    flag.paste((0, 255, 0), (0, 0, 16, 16))
    t = Image.Transpose
    stored_as = {
        1: (),
        2: (t.FLIP_LEFT_RIGHT,),
        3: (t.ROTATE_180,),
        4: (t.FLIP_TOP_BOTTOM,),
        5: (t.TRANSPOSE,),
        6: (t.ROTATE_90,),
        7: (t.TRANSVERSE,),
        8: (t.ROTATE_270,),
    }
    stored = flag
    for step in stored_as[orientation]:
        stored = stored.transpose(step)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = save(stored, encoder, exif=exif)
    facts = whole(data).facts
    assert (facts.width, facts.height, facts.orientation) == (64, 32, orientation)
    image = shown(data)
    assert near(image.getpixel((4, 4)), (0, 255, 0), 40)
    assert near(image.getpixel((40, 4)), RED, 40)
    assert near(image.getpixel((4, 28)), BLUE, 40)


@pytest.mark.parametrize("value", [0, 9, 65_535])
def test_an_orientation_that_is_none_turns_nothing(
    save: Save, flag: Image.Image, value: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = value
    assert whole(save(flag, "JPEG", exif=exif)).facts.orientation == 1


@pytest.mark.parametrize("encoder", ["JPEG", "WEBP", "AVIF"])
def test_only_exif_is_believed(save: Save, flag: Image.Image, encoder: str) -> None:
    data = save(flag, encoder, xmp=b'<x:xmpmeta tiff:Orientation="6"/>')
    assert whole(data).facts.orientation == 1


def exif_of(*entries: bytes, next_at: int = 0) -> bytes:
    start = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(entries))
    return b"Exif\0\0" + start + b"".join(entries) + struct.pack("<I", next_at)


@pytest.mark.parametrize(
    "exif",
    [
        pytest.param(exif_of(struct.pack("<HHII", 0x8769, 4, 1, 8)), id="within itself"),
        pytest.param(exif_of(next_at=8), id="after itself"),
        pytest.param(exif_of(struct.pack("<HHII", 0x0112, 3, 2**31, 8)), id="too many values"),
        pytest.param(exif_of(struct.pack("<HHII", 0x0112, 2, 4, 6)), id="a text"),
        pytest.param(exif_of(struct.pack("<HHII", 0x011A, 5, 1, 2**32 - 1)), id="out of the file"),
        pytest.param(b"Exif\0\0II*\0\xff\xff\xff\xff", id="no directory"),
        pytest.param(b"Exif\0\0", id="empty"),
        pytest.param(b"Exif\0\0" + b"\xff" * 60_000, id="noise"),
    ],
)
@pytest.mark.parametrize("encoder", ["JPEG", "WEBP", "PNG"])
def test_broken_exif_does_not_lose_the_picture(
    save: Save, flag: Image.Image, encoder: str, exif: bytes
) -> None:
    data = save(flag, encoder, exif=exif)
    assert (whole(data).facts.orientation, shown(data).size) == (1, (64, 32))


def test_only_the_first_frame_counts(save: Save, flag: Image.Image) -> None:
    second = Image.new("RGB", flag.size, (0, 255, 0))
    for encoder in ("GIF", "WEBP", "PNG", "AVIF"):
        data = save(flag, encoder, save_all=True, append_images=[second], duration=100)
        assert whole(data).facts.is_animated
        assert near(shown(data).getpixel((32, 4)), RED)


def test_a_broken_second_frame_does_not_lose_the_first(save: Save, flag: Image.Image) -> None:
    data = save(flag, "GIF")
    assert data.endswith(b";")
    assert near(shown(data[:-1] + b",\0").getpixel((32, 4)), RED)


def test_ten_thousand_frames_are_not_looked_at(save: Save, flag: Image.Image) -> None:
    data = save(flag, "GIF")
    start = data.index(b",")
    picture = whole(data[:-1] + data[start:-1] * 10_000 + b";")
    assert picture.facts.is_animated


@pytest.mark.parametrize(
    ("mode", "pixel", "expected"),
    [
        ("1", 1, (255, 255, 255)),
        ("L", 100, (100, 100, 100)),
        ("LA", (100, 255), (100, 100, 100)),
        ("LA", (100, 128), (100, 100, 100, 128)),
        ("P", 0, (0, 0, 0)),
        ("RGB", RED, RED),
        ("RGBA", (*RED, 255), RED),
        ("RGBA", (*RED, 128), (*RED, 128)),
        ("I;16", 25_700, (100, 100, 100)),
        ("I;16", 65_535, (255, 255, 255)),
    ],
)
def test_every_kind_of_pixels_becomes_rgb(
    save: Save, mode: str, pixel: Any, expected: tuple[int, ...]
) -> None:
    image = shown(save(Image.new(mode, (20, 20), pixel), "PNG"))
    assert image.mode == ("RGBA" if len(expected) == 4 else "RGB")
    assert image.getpixel((10, 10)) == expected


@pytest.mark.parametrize(("mode", "key"), [("L", 100), ("RGB", RED), ("P", 0), ("I;16", 25_700)])
def test_a_transparent_colour_is_transparent(save: Save, mode: str, key: Any) -> None:
    image = Image.new(mode, (20, 20), key)
    image.paste(255 if mode != "RGB" else BLUE, (0, 0, 10, 20))
    found = shown(save(image, "PNG", transparency=key))
    assert [found.getpixel((x, 10))[3] for x in (3, 16)] == [255, 0]


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_jpeg_may_be_grey_or_for_print(save: Save, mode: str) -> None:
    image = shown(save(Image.new("RGB", (20, 20), (60, 60, 60)).convert(mode), "JPEG"))
    assert (image.mode, near(image.getpixel((10, 10)), (60, 60, 60))) == ("RGB", True)


@pytest.mark.parametrize("scale", [1.0, 0.6, 0.3, 0.2, 0.06])
@pytest.mark.parametrize("encoder", ["JPEG", "PNG"])
def test_it_is_decoded_no_larger_than_it_serves(
    save: Save, photo: Draw, encoder: str, scale: float
) -> None:
    picture = decode(save(photo(800, 601), encoder), lambda size: scale)
    assert (picture.size, picture.facts.height) == ((800, 601), 601)
    decoded = picture._image.size
    assert all(
        scale * own <= got <= max(4 * scale, 1) * own + 1
        for own, got in zip(picture.size, decoded, strict=True)
    )


def test_what_is_wanted_is_asked_for_as_shown(save: Save, flag: Image.Image) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    asked = []
    for encoder in ("JPEG", "PNG"):
        decode(save(flag, encoder, exif=exif), lambda size: asked.append(size) or 1.0)
    assert set(asked) == {(32, 64)}


def test_a_part_of_it_is_copied(save: Save, flag: Image.Image) -> None:
    picture = whole(save(flag, "PNG"))
    assert near(picture.copy((10, 10), (0, 0.5, 1, 1)).getpixel((5, 0)), BLUE, 16)
    assert near(picture.copy((10, 10), (0.5, 0, 1, 0.5)).getpixel((5, 9)), RED, 16)


@pytest.mark.parametrize("encoder", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_nothing_but_pixels_is_kept(save: Save, flag: Image.Image, encoder: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    options = {"exif": exif, "xmp": b"<x/>", "comment": b"secret", "icc_profile": b"secret"}
    image = shown(save(flag, encoder, **options))
    assert image.info == {}
    assert b"secret" not in save(image, encoder)


@pytest.mark.parametrize(
    ("share", "is_shown"), [(0.99, True), (0.8, True), (0.7, False), (0.3, False)]
)
def test_most_of_a_jpeg_is_better_than_none(
    save: Save, photo: Draw, share: float, is_shown: bool
) -> None:
    data = save(photo(640, 480), "JPEG", quality=90)
    cut = data[: int(len(data) * share)]
    if not is_shown:
        assert reason(cut) == "broken"
        return
    picture = whole(cut)
    assert (picture.facts.width, picture.facts.height) == (640, 480)
    assert picture.size[0] == 640
    assert 0.75 * 480 <= picture.size[1] < 480
    # No grey foot: the last row is of the picture.
    image = picture.copy(picture.size)
    assert image.crop((0, image.height - 1, 640, image.height)).getbbox() is not None


@pytest.mark.parametrize(
    ("encoder", "options"),
    [
        ("JPEG", {"progressive": True}),
        ("PNG", {}),
        ("GIF", {}),
        ("WEBP", {}),
        ("AVIF", {}),
        ("BMP", {}),
        ("ICO", {"sizes": [(64, 64)]}),
    ],
)
def test_other_truncated_files_are_broken(
    save: Save, photo: Draw, encoder: str, options: dict[str, Any]
) -> None:
    data = save(photo(64, 64), encoder, **options)
    for share in (0.9, 0.5, 0.1):
        assert reason(data[: int(len(data) * share)]) == "broken"


def test_bytes_behind_the_picture_do_not_matter(save: Save, flag: Image.Image) -> None:
    for encoder in ("JPEG", "PNG", "GIF", "BMP"):
        data = save(flag, encoder) + b"PK\x03\x04<script>alert(1)</script>" * 9
        assert b"script" not in save(shown(data), encoder)


def test_too_many_pixels_are_refused_before_they_are_decoded(
    save: Save, png: Callable[..., bytes]
) -> None:
    size_of_webp = (16_382 | 16_382 << 14).to_bytes(4, "little")
    webp = save(Image.new("RGB", (8, 8)), "WEBP", lossless=True)
    bombs = {
        "PNG of 25 MP": png(5000, 5000),
        "PNG that is wide": png(65_535, 2),
        "JPEG that is wide": save(Image.new("L", (65_500, 8)), "JPEG"),
        "GIF that says so": b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\2\2\1\0;",
        "WebP that says so": webp[:21] + size_of_webp + webp[25:],
        "BMP that says so": b"BM"
        + bytes(8)
        + struct.pack("<IIiiHH", 54, 40, 9999, 9999, 1, 24)
        + bytes(24),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert {name: reason(data) for name, data in bombs.items()} == dict.fromkeys(
            bombs, "too_many_pixels"
        )


def test_a_picture_within_an_icon_is_bounded_too(png: Callable[..., bytes]) -> None:
    inner = png(5000, 5000)
    icon = b"\0\0\1\0\1\0" + struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 8, len(inner), 22)
    assert reason(icon + inner) == "too_many_pixels"


def test_24_mp_are_not_too_many(png: Callable[..., bytes]) -> None:
    assert decode(png(6000, 4000), lambda size: 0.1).size == (6000, 4000)


def test_a_file_that_is_too_large_is_not_looked_at() -> None:
    assert reason(b"\x89PNG\r\n\x1a\n".ljust(MAX_BYTES + 1)) == "too_large"


def test_text_that_unpacks_to_a_lot_is_refused(png: Callable[..., bytes]) -> None:
    packed = zlib.compress(bytes(20_000_000), 9)
    for kind, content in (
        (b"zTXt", b"a\0\0" + packed),
        (b"iTXt", b"a\0\1\0\0\0" + packed),
        (b"iCCP", b"a\0\0" + packed),
    ):
        assert reason(png(8, 8, (kind, content))) == "broken"


def test_memory_that_does_not_suffice_has_its_reason(
    save: Save, flag: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(image: Image.Image) -> None:
        raise MemoryError

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load_prepare", load)
    assert reason(save(flag, "PNG")) == "too_many_pixels"


def test_pillow_is_left_as_it_was(save: Save, flag: Image.Image) -> None:
    before = Image.MAX_IMAGE_PIXELS
    whole(save(flag, "PNG"))
    assert before == Image.MAX_IMAGE_PIXELS


@pytest.fixture(scope="module")
def seeds(save: Save) -> list[bytes]:
    image = Image.new("RGB", (40, 30), RED)
    ImageDraw.Draw(image).line((0, 0, 40, 30), fill=BLUE, width=5)
    return [
        save(image, encoder) for encoder in ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "ICO", "BMP")
    ]


@given(data=st.data())
@settings(max_examples=300)
def test_any_bytes_are_a_picture_or_a_reason(seeds: list[bytes], data: st.DataObject) -> None:
    seed = bytearray(data.draw(st.sampled_from(seeds)))
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, len(seed) - 1))
        patch = data.draw(st.binary(max_size=8))
        seed[at : at + data.draw(st.sampled_from([0, len(patch)]))] = patch
        seed = seed or bytearray(1)
    end = data.draw(st.integers(0, len(seed)))
    try:
        picture = whole(bytes(seed[:end]) if data.draw(st.booleans()) else bytes(seed))
    except NotAPicture:
        return
    assert picture.copy((8, 8)).mode in {"RGB", "RGBA"}
