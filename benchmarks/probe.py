"""Telling what a picture is from its beginning, beside Pillow's `Image.open` on all of its bytes.

    python benchmarks/probe.py [--rounds N]

`wanted` is how many bytes it takes, `within` the share of files that answer by their first 64 KiB.
Times are of one call with that much and, for Pillow, with the whole file: medians over the files of
the best of the rounds, paired file by file. Ordinary files are made here, as sites make them, and
one for the press, whose profile alone is longer; the public test files, kept beside the checkout,
are taken in as far as both read them.
"""

import argparse
import io
import random
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from preview_service.errors import NotAPicture
from preview_service.images.formats.reading import PROBE_BYTES
from preview_service.images.probe import probe

ROOT = Path(__file__).parents[1]
FOLDERS = (
    ROOT / "fixtures" / "images" / "probe",
    ROOT.parent / "shared" / "conformance" / "pillow-images",
    ROOT.parent / "shared" / "conformance" / "pngsuite",
)
SIDES = ((600, 315), (1200, 630), (1920, 1080))
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "ICO", "BMP")

# As Photoshop's sRGB is; as a camera's Exif with a thumbnail is.
PROFILE = bytes(3144)
EXIF = Image.Exif()
EXIF[0x0112] = 6
EXIF[0x927C] = bytes(9000)
PRESS = {"quality": 90, "exif": EXIF, "icc_profile": bytes(557_168)}

WAYS: dict[str, tuple[dict[str, Any], ...]] = {
    "JPEG": (
        {"quality": 80},
        {"quality": 80, "progressive": True, "icc_profile": PROFILE},
        {"quality": 90, "exif": EXIF, "icc_profile": PROFILE},
    ),
    "PNG": ({}, {"icc_profile": PROFILE}),
    "GIF": ({}, {"save_all": True, "loop": 0, "duration": 80}),
    "WEBP": (
        {"quality": 75},
        {"lossless": True},
        {"quality": 75, "icc_profile": PROFILE},
        {"quality": 75, "exif": EXIF},
        {"save_all": True, "duration": 80},
    ),
    "AVIF": ({"speed": 10}, {"speed": 10, "icc_profile": PROFILE}),
    "ICO": ({},),
    "BMP": ({},),
}


def photograph(size: tuple[int, int], seed: int) -> Image.Image:
    """Something as hard to pack as a photograph."""
    small = (size[0] // 4, size[1] // 4)
    grain = random.Random(seed).randbytes(3 * small[0] * small[1])  # noqa: S311
    return Image.frombytes("RGB", small, grain).resize(size, Image.Resampling.BICUBIC)


def made() -> Iterator[tuple[str, bytes]]:
    for size in SIDES:
        frames = [photograph(size, seed) for seed in range(2)]
        for name, ways in WAYS.items():
            for way in ways:
                more = {"append_images": frames[1:]} if "save_all" in way else {}
                file = io.BytesIO()
                frames[0].save(file, name, **way, **more)
                yield name, file.getvalue()
    file = io.BytesIO()
    photograph(SIDES[0], 0).save(file, "JPEG", **PRESS)
    yield "JPEG", file.getvalue()


def found() -> Iterator[tuple[str, bytes]]:
    for folder in FOLDERS:
        if not folder.is_dir():
            print(f"{folder.name} is not beside the checkout: left out")
            continue
        for path in sorted(folder.iterdir()):
            data = path.read_bytes()
            try:
                name = Image.open(io.BytesIO(data), formats=FORMATS).format
            except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
                continue
            if answers(data, is_whole=True):
                yield str(name), data


def wanted(data: bytes) -> int | None:
    """The least that answers, None if its first `PROBE_BYTES` do not."""
    low, high = 0, min(len(data), PROBE_BYTES)
    if not answers(data[:high]):
        return len(data) if len(data) < PROBE_BYTES and answers(data, is_whole=True) else None
    while low < high:
        middle = (low + high) // 2
        if answers(data[:middle]):
            high = middle
        else:
            low = middle + 1
    return low


def answers(data: bytes, *, is_whole: bool = False) -> bool:
    try:
        return probe(data, is_whole=is_whole) is not None
    except NotAPicture:
        return False


def microseconds(work: Callable[[], object], rounds: int) -> float:
    spent = []
    for _ in range(rounds):
        began = time.perf_counter_ns()
        work()
        spent.append(time.perf_counter_ns() - began)
    return min(spent) / 1000


def show(name: str, files: list[bytes], rounds: int) -> list[int | None]:
    needs = [wanted(data) for data in files]
    told = [(data, need) for data, need in zip(files, needs, strict=True) if need is not None]
    ours, theirs = [], []
    for data, need in told:
        beginning = data[:need]
        is_whole = need == len(data)
        ours.append(microseconds(lambda b=beginning, w=is_whole: probe(b, is_whole=w), rounds))
        theirs.append(microseconds(lambda d=data: Image.open(io.BytesIO(d)), rounds))
    ratios = sorted(ours_ / theirs_ for ours_, theirs_ in zip(ours, theirs, strict=True))
    sizes = sorted(need for _, need in told)
    print(
        f"{name:6}{len(files):6}{statistics.median(sizes):9.0f}{sizes[-1]:8}"
        f"{len(told) / len(files):9.1%}{statistics.median(map(len, files)):11.0f}"
        f"{statistics.median(ours):9.1f}{statistics.median(theirs):9.1f}"
        f"{ratios[0]:8.2f}{statistics.median(ratios):7.2f}{ratios[-1]:7.2f}"
    )
    return needs


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    files: dict[str, list[bytes]] = {}
    for name, data in (*made(), *found()):
        files.setdefault(name, []).append(data)
    print(
        f"{'':6}{'files':>6}{'wanted':>9}{'most':>8}{'within':>9}{'file':>11}"
        f"{'µs':>9}{'Pillow':>9}{'ratio':>8}"
    )
    needs = [need for name, each in files.items() for need in show(name, each, given.rounds)]
    told = sum(need is not None for need in needs)
    print(f"{told} of {len(needs)} files answer within 64 KiB: {told / len(needs):.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
