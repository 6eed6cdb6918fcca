"""Pictures that the tests make themselves."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageDraw

Save = Callable[..., bytes]


@pytest.fixture(scope="session")
def save() -> Save:
    """(picture, Pillow's name of a format, its options) → a file."""

    def write(image: Image.Image, encoder: str, **options: Any) -> bytes:
        file = io.BytesIO()
        image.save(file, encoder, **options)
        return file.getvalue()

    return write


@pytest.fixture(scope="session")
def photo() -> Callable[[int, int], Image.Image]:
    """(width, height) → something with the detail of a photograph, red above and blue below."""

    def draw(width: int, height: int) -> Image.Image:
        grain = Image.effect_noise((max(2, width // 3), max(2, height // 3)), 90)
        grain = grain.resize((width, height), Image.Resampling.BICUBIC)
        slope = Image.linear_gradient("L").resize((width, height))
        # effect_noise is not the same twice, but it is of the same kind.
        return Image.merge(
            "RGB",
            (
                Image.blend(slope.transpose(Image.Transpose.FLIP_TOP_BOTTOM), grain, 0.3),
                grain.point(lambda level: level // 2),
                Image.blend(slope, grain, 0.3),
            ),
        )

    return draw


@pytest.fixture(scope="session")
def logo() -> Callable[[int, int, str], Image.Image]:
    """(width, height, colour) → a disc on nothing."""

    def draw(width: int, height: int, color: str) -> Image.Image:
        image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
        box = (width // 4, height // 4, width * 3 // 4, height * 3 // 4)
        ImageDraw.Draw(image).ellipse(box, fill=color)
        return image

    return draw


@pytest.fixture(scope="session")
def png() -> Callable[..., bytes]:
    """(width, height) → a black PNG, of any size at the cost of its zeros; `extra` chunks."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    def write(width: int, height: int, *extra: tuple[bytes, bytes]) -> bytes:
        header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
        packer = zlib.compressobj(9)
        row = bytes(width + 1)
        rows = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
        chunks = [(b"IHDR", header), *extra, (b"IDAT", rows), (b"IEND", b"")]
        return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in chunks)

    return write
