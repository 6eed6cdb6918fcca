"""Every kind of picture, as every channel wants it, is within every one of its bounds."""

import io
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from PIL import Image

from preview_service.images.spec import Spec
from preview_service.images.thumbnail import MAX_SPECS, Result, make, make_all

KB, MB = 1000, 1000**2
JPEG, PNG, WEBP = "image/jpeg", "image/png", "image/webp"

# From the channels' documents (channels.base.PictureRules, and the vendors' pages named there).
RULES = {
    "apple": Spec((PNG,), 240, 240, 200 * KB),
    "apple_square": Spec((PNG,), 240, 240, 200 * KB, (1, 1)),
    "line": Spec((JPEG, PNG), 1024, 1024, 10 * MB),
    "line_buttons": Spec((JPEG, PNG), 1024, 1024, 1 * MB, (151, 100)),
    "whatsapp": Spec((JPEG, PNG), 1200, 630, 600 * KB - 1),
    "whatsapp_header": Spec((JPEG, PNG), 1200, 630, 5 * MB, (191, 100)),
    "messenger": Spec((JPEG, PNG), 1200, 630, 8 * MB),
    "teams": Spec((PNG, JPEG), 1024, 1024, 1 * MB),
    "viber": Spec((JPEG, PNG), 1024, 1024, 1 * MB),
    "viber_thumbnail": Spec((JPEG,), 400, 400, 100 * KB),
    "generic_webp": Spec((WEBP, JPEG), 1200, 630, 600 * KB),
    "generic_jpeg": Spec((JPEG,), 1200, 630, 600 * KB),
    "as_small_as_can_be": Spec((PNG,), 16, 16, 4096, (1, 1)),
}

Make = Callable[[], Image.Image]
FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    "jpeg": ("JPEG", {"quality": 92}),
    "jpeg-progressive": ("JPEG", {"progressive": True}),
    "jpeg-grey": ("JPEG", {"mode": "L"}),
    "jpeg-cmyk": ("JPEG", {"mode": "CMYK"}),
    "jpeg-on-its-side": ("JPEG", {"exif": 6}),
    "png": ("PNG", {}),
    "png-alpha": ("PNG", {"mode": "RGBA"}),
    "png-palette": ("PNG", {"mode": "P"}),
    "png-1-bit": ("PNG", {"mode": "1"}),
    "png-16-bit": ("PNG", {"mode": "I;16"}),
    "png-grey-alpha": ("PNG", {"mode": "LA"}),
    "gif": ("GIF", {"mode": "P"}),
    "gif-animated": ("GIF", {"mode": "P", "frames": 3}),
    "webp": ("WEBP", {}),
    "webp-alpha": ("WEBP", {"mode": "RGBA", "lossless": True}),
    "webp-animated": ("WEBP", {"frames": 3}),
    "avif": ("AVIF", {"speed": 10}),
    "avif-alpha": ("AVIF", {"mode": "RGBA", "speed": 10}),
    "bmp": ("BMP", {}),
    "ico": ("ICO", {"mode": "RGBA"}),
}
SHAPES = {"landscape": (1210, 640), "portrait": (320, 640), "tiny": (3, 2), "panorama": (2000, 60)}


@cache
def noise(width: int, height: int) -> Image.Image:
    small = [Image.effect_noise((max(1, width // 4), max(1, height // 4)), 99) for _ in "RGB"]
    return Image.merge("RGB", small).resize((width, height), Image.Resampling.BICUBIC)


def picture(width: int, height: int, mode: str) -> Image.Image:
    """Nothing is as hard to make small as noise."""
    image = noise(width, height)
    if mode in {"RGBA", "LA"}:
        image = image.convert("RGBA")
        image.putalpha(Image.linear_gradient("L").resize((width, height)))
    if mode == "I;16":
        return image.convert("L").convert("I").point(lambda level: level * 257).convert("I;16")
    return image if image.mode == mode else image.convert(mode)


@cache
def source(name: str, shape: str) -> bytes:
    encoder, options = FORMATS[name]
    options = dict(options)
    width, height = SHAPES[shape]
    if encoder == "ICO":
        width, height = (min(side, 256) for side in (width, height))
        options["sizes"] = [(width, height)]
    image = picture(width, height, options.pop("mode", "RGB"))
    if orientation := options.pop("exif", None):
        image = image.transpose(Image.Transpose.ROTATE_90)
        options["exif"] = Image.Exif()
        options["exif"][0x0112] = orientation
    if frames := options.pop("frames", None):
        more = [image.transpose(Image.Transpose.ROTATE_180)] * (frames - 1)
        options |= {"save_all": True, "append_images": more}
    file = io.BytesIO()
    image.save(file, encoder, **options)
    return file.getvalue()


@cache
def made(name: str, shape: str) -> Result:
    return make_all(source(name, shape), list(RULES.values()))


@pytest.fixture(params=FORMATS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=SHAPES)
def shape(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_rule_holds(name: str, shape: str) -> None:
    result = made(name, shape)
    own = (result.facts.width, result.facts.height)
    assert own == SHAPES[shape] or name == "ico"
    for rule, thumbnail in zip(RULES.values(), result.made, strict=True):
        assert len(thumbnail.data) <= rule.max_bytes
        assert thumbnail.media_type in rule.media_types
        assert thumbnail.width <= min(rule.max_width, own[0])
        assert thumbnail.height <= min(rule.max_height, own[1])
        wanted = rule.crop[0] / rule.crop[1] if rule.crop else own[0] / own[1]
        # To a pixel, for neither side has halves of one.
        assert abs(thumbnail.width - thumbnail.height * wanted) <= max(1, wanted)


def test_a_file_is_what_it_is_said_to_be(name: str, shape: str) -> None:
    for thumbnail in made(name, shape).made:
        image = Image.open(io.BytesIO(thumbnail.data))
        image.load()
        assert image.get_format_mimetype() == thumbnail.media_type
        assert image.size == (thumbnail.width, thumbnail.height)
        assert image.mode in {"RGB", "RGBA", "P"}
        assert not getattr(image, "is_animated", False)
        assert not image.info.keys() & {"exif", "xmp", "icc_profile", "comment", "dpi"}


def test_no_picture_is_smaller_than_its_bounds_make_it(name: str, shape: str) -> None:
    result = made(name, shape)
    for rule, thumbnail in zip(RULES.values(), result.made, strict=True):
        if rule.max_bytes >= 600 * KB - 1 and PNG not in rule.media_types[:1]:
            own = (result.facts.width, result.facts.height)
            assert (thumbnail.width, thumbnail.height) == rule.size(own)


def test_made_alone_or_with_others_it_fits_the_same(name: str) -> None:
    for rule, together in zip(RULES.values(), made(name, "panorama").made, strict=True):
        alone = make(source(name, "panorama"), rule)
        assert len(alone.data) <= rule.max_bytes
        assert alone.media_type == together.media_type


def test_what_is_made_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    files = sum(len(made(name, shape).made) for name in FORMATS for shape in SHAPES)
    with capsys.disabled():
        # For whoever runs the suite: how much was really tried.
        counts = f"{len(FORMATS)} formats × {len(SHAPES)} shapes × {len(RULES)} rules"
        print(f"\n{counts}: {files} thumbnails")  # noqa: T201
    assert len(RULES) <= MAX_SPECS
    assert files == len(FORMATS) * len(SHAPES) * len(RULES)
