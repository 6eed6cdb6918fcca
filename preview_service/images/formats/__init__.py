"""The family of picture formats that cards are made of, by media type."""

from collections.abc import Callable
from typing import Final

from preview_service.images.base import Facts
from preview_service.images.formats import avif, bmp, gif, ico, jpeg, png, webp

Reader = Callable[[bytes, bool], Facts]
"""(the beginning of a file that `page.file_types` finds of the type, whether it is whole) → Facts.

It raises `reading.Ended` where more bytes are wanted, `NotAPicture` for what is broken.
"""

FORMATS: Final[dict[str, Reader]] = {
    module.MEDIA_TYPE: module.read for module in (jpeg, png, gif, webp, avif, ico, bmp)
}
