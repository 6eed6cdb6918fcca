"""An embedded colour profile → sRGB, which is what a picture without one is taken for.

https://www.w3.org/TR/css-color-4/#untagged, https://www.color.org/specification/ICC.1-2022-05.pdf
"""

import contextlib
import io
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageCms import ImageCmsTransform

# Transforming to the same colours would cost as much as the resizing.
_ALREADY_SRGB: Final = frozenset({"sRGB", "sRGB built-in", "sRGB IEC61966-2.1", "c2"})
# ICC.1:2022, 7.2.6: the profile's colour space → the modes that hold it.
_MODES: Final = {"RGB": {"RGB", "RGBA"}, "GRAY": {"L"}, "CMYK": {"CMYK"}}


class Profile:
    """What the colours of a picture mean; a broken profile means nothing and is passed over."""

    def __init__(self, icc: bytes | None) -> None:
        self._icc = icc
        self._transforms: dict[str, ImageCmsTransform | None] = {}

    def to_srgb(self, image: "Image") -> "Image":
        """*image* (L, RGB, RGBA or CMYK) in sRGB, as RGB or RGBA."""
        if image.mode not in self._transforms:
            self._transforms[image.mode] = self._transform(image.mode)
        transform = self._transforms[image.mode]
        target = _target(image.mode)
        if transform is not None:
            # What a transform made of hostile tables does is not ours to know.
            with contextlib.suppress(ValueError):
                return transform.apply(image)
        return image if image.mode == target else image.convert(target)

    def _transform(self, mode: str) -> "ImageCmsTransform | None":
        if not self._icc:
            return None
        from PIL import ImageCms

        try:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(self._icc))
            if mode not in _MODES.get(profile.profile.xcolor_space.strip(), ()):
                return None
            if ImageCms.getProfileDescription(profile).strip() in _ALREADY_SRGB:
                return None
            srgb = ImageCms.createProfile("sRGB")
            return ImageCms.buildTransform(profile, srgb, mode, _target(mode))
        except Exception:  # littlecms says in many ways that it cannot read it
            return None


def _target(mode: str) -> str:
    return "RGBA" if mode == "RGBA" else "RGB"
