"""Colours arrive as they were meant, if their profile can be read."""

from collections.abc import Callable

import pytest
from PIL import Image, ImageCms

from preview_service.images.color import Profile

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XYZ = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


@pytest.fixture
def swapped() -> bytes:
    """A profile whose red is sRGB's green, and the other way round: nobody could miss it."""
    return (
        SRGB.replace(b"rXYZ", b"????")
        .replace(b"gXYZ", b"rXYZ")
        .replace(b"????", b"gXYZ")
        .replace(
            b"sRGB built-in".decode().encode("utf-16-be"), "swapped colors".encode("utf-16-be")[:26]
        )
    )


def test_a_profile_is_applied(swapped: bytes) -> None:
    profile = Profile(swapped)
    assert profile.to_srgb(Image.new("RGB", (4, 4), (255, 0, 0))).getpixel((0, 0)) == (0, 255, 0)
    with_alpha = profile.to_srgb(Image.new("RGBA", (4, 4), (255, 0, 0, 99)))
    assert with_alpha.getpixel((0, 0)) == (0, 255, 0, 99)


@pytest.mark.parametrize(
    "icc",
    [
        *(None, b"", b"secret", SRGB, SRGB[:200], SRGB[:64], XYZ, LAB),
        SRGB[:16] + b"CMYK" + SRGB[20:],
        SRGB[:128] + b"\xff" * 2000,
        b"\xff" * 100_000,
    ],
)
@pytest.mark.parametrize(
    ("mode", "pixel", "expected"),
    [
        ("RGB", (200, 100, 50), (200, 100, 50)),
        ("RGBA", (200, 100, 50, 99), (200, 100, 50, 99)),
        ("L", 100, (100, 100, 100)),
        ("CMYK", (0, 255, 255, 0), (255, 0, 0)),
    ],
)
def test_a_profile_that_is_none_or_another_modes_or_broken_changes_nothing(
    icc: bytes | None, mode: str, pixel: object, expected: tuple[int, ...]
) -> None:
    image = Profile(icc).to_srgb(Image.new(mode, (4, 4), pixel))  # type: ignore[arg-type]
    assert image.getpixel((0, 0)) == expected


def test_one_transform_serves_all_copies(swapped: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []
    build: Callable[..., object] = ImageCms.buildTransform

    def counted(*arguments: object) -> object:
        built.append("yes")
        return build(*arguments)

    monkeypatch.setattr(ImageCms, "buildTransform", counted)
    profile = Profile(swapped)
    for _ in range(3):
        profile.to_srgb(Image.new("RGB", (4, 4)))
    assert built == ["yes"]
