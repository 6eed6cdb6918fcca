"""A picture's bytes and what channels take of it → files that they take, in one decoding.

For `workers.Workers`: nothing but `NotAPicture` is raised, and what takes too long or too much
memory is killed there. How much that costs is measured by benchmarks/pictures.py.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from preview_service.errors import NotAPicture
from preview_service.images import decode
from preview_service.images.base import Facts
from preview_service.images.crop import crop_box
from preview_service.images.encode import encode, flattened
from preview_service.images.placeholder import dominant_color, is_blank, placeholder
from preview_service.images.spec import Size, Spec

if TYPE_CHECKING:
    from PIL.Image import Image

WORKER_TIMEOUT_S = 3.0
# 24 MP of any format with its copies take 455 MiB of address space, the interpreter's 50 included.
WORKER_MEMORY_BYTES = 768 * 1024**2
PRELOAD = decode.PRELOAD
"""What to start workers with: `Workers(memory_bytes=…, preload=…)`, `run(…, timeout_s=…)`."""

MAX_SPECS = 16
SMALL_SIDE = 96
"""Pixels of the copy that interest, colour and placeholder are read from."""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A file for a channel: first frame, upright, sRGB, and nothing in it but pixels."""

    data: bytes
    media_type: str
    width: int
    height: int


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """All that one decoding gave; `made` has a file for each spec, in their order.

    `placeholder` is a data URI of at most 200 characters, `color` the dominant one as `#rrggbb`;
    `is_blank` if there is one colour or nothing to be seen.
    """

    facts: Facts
    made: tuple[Made, ...]
    placeholder: str
    color: str
    is_blank: bool


def make(data: bytes, spec: Spec) -> Made:
    """The picture *data* as *spec* wants it; raise `NotAPicture`."""
    with _memory():
        picture = decode.decode(data, spec.scale)
        return _made(picture, spec, _small(picture) if spec.crop else None)


def make_all(data: bytes, specs: Sequence[Spec]) -> Result:
    """The picture *data* as each of *specs* wants it, at most `MAX_SPECS`; raise `NotAPicture`."""
    if len(specs) > MAX_SPECS:
        raise ValueError("too many specs")

    def wanted(size: Size) -> float:
        return max([_small_scale(size), *(spec.scale(size) for spec in specs)])

    with _memory():
        picture = decode.decode(data, wanted)
        small = _small(picture)
        # Bounds that the picture keeps make no difference: of 640 × 400, four files are for all of
        # seven specs (10 ms in place of 15).
        outcomes = [_outcome(picture, spec) for spec in specs]
        apart = dict(zip(outcomes, specs, strict=True))
        files = {outcome: _made(picture, spec, small) for outcome, spec in apart.items()}
        return Result(
            facts=picture.facts,
            made=tuple(files[outcome] for outcome in outcomes),
            placeholder=placeholder(small),
            color=dominant_color(small),
            is_blank=is_blank(small),
        )


@contextlib.contextmanager
def _memory() -> Iterator[None]:
    """A worker's memory may end at any step, not only in decoding."""
    try:
        yield
    except MemoryError as error:
        raise NotAPicture("too_many_pixels") from error


def _outcome(picture: decode.Decoded, spec: Spec) -> tuple[object, ...]:
    """What of *spec* decides what becomes of *picture*."""
    return spec.media_types, spec.max_bytes, spec.size(picture.size), spec.crop


def _made(picture: decode.Decoded, spec: Spec, small: "Image | None") -> Made:
    box = None
    if spec.crop and small is not None:
        width, height = spec.region(picture.size)
        kept = (width / picture.size[0], height / picture.size[1])
        box = crop_box(flattened(small), kept)
    image = picture.copy(spec.size(picture.size), box)
    data, media_type, size = encode(image, spec)
    return Made(data=data, media_type=media_type, width=size[0], height=size[1])


def _small_scale(size: Size) -> float:
    return min(1.0, SMALL_SIDE / max(size))


def _small(picture: decode.Decoded) -> "Image":
    scale = _small_scale(picture.size)
    width, height = picture.size
    return picture.copy((max(1, round(width * scale)), max(1, round(height * scale))))
