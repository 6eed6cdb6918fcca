"""Pictures good and bad, alone and in a real worker with its limits."""

import io
import pickle
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from PIL import Image, ImageDraw

from preview_service.errors import NotAPicture
from preview_service.images import thumbnail
from preview_service.images.spec import Spec
from preview_service.images.thumbnail import (
    PRELOAD,
    WORKER_MEMORY_BYTES,
    WORKER_TIMEOUT_S,
    Result,
    make,
    make_all,
)
from preview_service.workers import WorkerFailed, Workers

CONFORMANCE = Path(__file__).parents[3] / "shared" / "conformance"
APPLE = Spec(("image/png",), 240, 240, 200_000)
GENERIC = Spec(("image/webp", "image/jpeg"), 1200, 630, 600_000)
SQUARE = Spec(("image/jpeg",), 512, 512, 600_000, (1, 1))
SPECS = (APPLE, GENERIC, SQUARE)

Save = Callable[..., bytes]
Draw = Callable[..., Image.Image]


def conformance(folder: str) -> list[Path]:
    found = CONFORMANCE / folder
    if not found.is_dir():
        pytest.skip(f"no {found}: public test data is not beside this checkout")
    return sorted(path for path in found.iterdir() if path.suffix)


def outcome(data: bytes) -> Result | str:
    try:
        return make_all(data, SPECS)
    except NotAPicture as error:
        return error.reason


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def test_one_decoding_gives_all(save: Save, photo: Draw) -> None:
    data = save(photo(1600, 1200), "JPEG")
    result = make_all(data, SPECS)
    assert [(made.media_type, made.width, made.height) for made in result.made] == [
        ("image/png", 240, 180),
        ("image/webp", 840, 630),
        ("image/jpeg", 512, 512),
    ]
    assert (result.facts.width, result.facts.height, result.is_blank) == (1600, 1200, False)
    assert result.placeholder.startswith("data:image/webp;base64,")
    assert result.color.startswith("#")
    assert make(data, APPLE).data[:4] == b"\x89PNG"


def test_what_comes_to_the_same_is_made_once(
    save: Save, photo: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode, encoded = thumbnail.encode, []

    def spy(image: Image.Image, spec: Spec) -> tuple[bytes, str, tuple[int, int]]:
        encoded.append(spec)
        return encode(image, spec)

    monkeypatch.setattr(thumbnail, "encode", spy)
    jpeg = Spec(("image/jpeg",), 1200, 630, 600_000)
    alike = [jpeg, replace(jpeg, max_width=1024), replace(jpeg, max_height=1024)]
    others = [
        replace(jpeg, media_types=("image/webp",)),
        replace(jpeg, max_bytes=5000),
        replace(jpeg, crop=(1, 1)),
        replace(jpeg, max_width=320),
    ]
    data = save(photo(640, 400), "PNG")
    result = make_all(data, [*alike, *others])
    assert encoded == [alike[-1], *others]
    assert result.made == tuple(make(data, spec) for spec in [*alike, *others])


def test_without_specs_there_are_facts_and_a_placeholder(save: Save, photo: Draw) -> None:
    result = make_all(save(photo(300, 200), "PNG"), ())
    assert result.made == ()
    assert len(result.placeholder) <= 200


def test_what_is_blank_is_said_to_be(save: Save) -> None:
    assert make_all(save(Image.new("RGB", (300, 200), "white"), "JPEG"), ()).is_blank
    assert make_all(save(Image.new("RGBA", (300, 200)), "PNG"), ()).is_blank


def test_no_more_specs_are_taken_than_are_bounded() -> None:
    with pytest.raises(ValueError, match="too many"):
        make_all(b"", [APPLE] * 17)


@pytest.mark.parametrize("left", [0, 1200, 2280])
def test_a_crop_keeps_what_the_picture_shows(save: Save, left: int) -> None:
    image = Image.new("RGB", (3000, 720), (180, 200, 220))
    ImageDraw.Draw(image).ellipse((left, 100, left + 520, 620), fill=(200, 0, 0))
    found = opened(make(save(image, "JPEG"), SQUARE).data)
    red = found.getchannel("G").point([255] * 60 + [0] * 196).getbbox()
    assert red is not None
    assert red[2] - red[0] == pytest.approx(520 / 720 * 512, abs=12)


def test_a_crop_of_what_lies_on_its_side_is_upright(save: Save) -> None:
    image = Image.new("RGB", (400, 900), "white")
    ImageDraw.Draw(image).ellipse((50, 550, 350, 850), fill="black")
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = image.transpose(Image.Transpose.ROTATE_90)
    found = opened(make(save(stored, "JPEG", exif=exif), SQUARE).data)
    assert (found.size, found.getpixel((200, 220))) == ((400, 400), (0, 0, 0))


def test_a_reason_leaves_a_worker() -> None:
    error = pickle.loads(pickle.dumps(NotAPicture("broken")))  # noqa: S301
    assert (type(error), error.reason) == (NotAPicture, "broken")


@pytest.mark.parametrize("function", ["encode", "crop_box"])
def test_memory_may_end_at_any_step(
    save: Save, photo: Draw, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    def fail(*arguments: object) -> None:
        raise MemoryError

    monkeypatch.setattr(thumbnail, function, fail)
    assert outcome(save(photo(90, 60), "PNG")) == "too_many_pixels"


def test_every_valid_png_of_the_suite_is_shown_and_no_broken_one() -> None:
    found: Counter[str] = Counter()
    for path in conformance("pngsuite"):
        if path.suffix == ".png":
            result = outcome(path.read_bytes())
            is_refused = isinstance(result, str)
            assert is_refused == path.name.startswith("x"), path.name
            found["refused" if is_refused else "shown"] += 1
    assert found == {"shown": 161, "refused": 14}


def test_every_awkward_picture_is_shown_or_has_a_reason() -> None:
    reasons = {"not_a_picture", "unsupported_format", "broken", "too_many_pixels"}
    shown = set()
    for path in conformance("pillow-images"):
        result = outcome(path.read_bytes())
        if isinstance(result, str):
            assert result in reasons
        else:
            shown.add(path.name)
    assert {name for name in shown if name.startswith(("crash", "oom", "timeout"))} == set()
    assert {"exif.avif", "hopper_bad_exif.jpg", "transparent.gif", "rot3mir1.avif"} <= shown
    assert len(shown) >= 50


def hopper(name: str) -> bytes:
    conformance("pillow-images")
    return (CONFORMANCE / "pillow-images" / name).read_bytes()


@pytest.mark.parametrize("suffix", ["jpg", "webp"])
def test_photographs_on_their_side_all_look_alike(suffix: str) -> None:
    tiny = [
        opened(make(hopper(f"hopper_orientation_{number}.{suffix}"), GENERIC).data).resize((8, 8))
        for number in range(2, 9)
    ]
    for other in tiny[1:]:
        pairs = zip(tiny[0].tobytes(), other.tobytes(), strict=True)
        assert max(abs(one - two) for one, two in pairs) < 24


@pytest.fixture
def bombs(save: Save, png: Callable[..., bytes]) -> dict[str, bytes]:
    """Small files that are a lot of work, and those that are more than one kind of file."""
    dot = save(Image.new("P", (64, 64), 3), "GIF")
    frame = dot[dot.index(b",") : -1]
    jpeg = save(Image.new("RGB", (64, 64), "red"), "JPEG")
    script = b"*/=1;alert(document.domain)//<script>alert(1)</script>"
    return {
        "81 MP in 3 KiB of WebP": save(Image.new("RGB", (9000, 9000)), "WEBP", lossless=True),
        "81 MP of PNG": png(9000, 9000),
        "24 MP of PNG": png(6000, 4000),
        "wide PNG": png(65_535, 1),
        "wide JPEG": save(Image.new("L", (65_500, 1)), "JPEG"),
        "zTXt": png(64, 64, *[(b"zTXt", b"a\0\0" + packed(900_000))] * 99),
        "a million segments": jpeg[:2] + b"\xff\xfe\0\2" * 1_000_000 + jpeg[2:],
        "a hundred thousand chunks": png(64, 64, *[(b"aaAa", b"")] * 100_000),
        "10,000 frames": dot[:-1] + frame * 10_000 + b";",
        "GIF that is a script": dot[:6] + dot[6:-1] + script + b";",
        "JPEG that is a page": jpeg + b"<html>" + script,
        "PNG that is an archive": png(64, 64) + b"PK\x03\x04" + bytes(99),
        "a page": b"<html>" + script,
    }


def packed(size: int) -> bytes:
    return zlib.compress(bytes(size), 9)


EXPECTED = {
    "81 MP in 3 KiB of WebP": "too_many_pixels",
    "81 MP of PNG": "too_many_pixels",
    "24 MP of PNG": "shown",
    "wide PNG": "too_many_pixels",
    "wide JPEG": "too_many_pixels",
    "zTXt": "broken",
    "a million segments": "shown",
    "a hundred thousand chunks": "shown",
    "10,000 frames": "shown",
    "GIF that is a script": "shown",
    "JPEG that is a page": "shown",
    "PNG that is an archive": "shown",
    "a page": "not_a_picture",
}


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    workers = Workers(count=1, memory_bytes=WORKER_MEMORY_BYTES, preload=PRELOAD)
    yield workers
    await workers.close()


async def in_worker(workers: Workers, data: bytes, **limits: Any) -> Result | str:
    try:
        return await workers.run(make_all, data, SPECS, timeout_s=limits.get("timeout_s", 30.0))
    except NotAPicture as error:
        return error.reason
    except WorkerFailed as error:
        return str(error.reason)


async def test_bombs_are_shown_or_refused_within_a_workers_limits(
    workers: Workers, bombs: dict[str, bytes]
) -> None:
    found = {}
    for name, data in bombs.items():
        result = await in_worker(workers, data)
        found[name] = result if isinstance(result, str) else "shown"
        if isinstance(result, Result):
            assert not any(b"script" in made.data for made in result.made)
    assert found == EXPECTED
    assert WORKER_TIMEOUT_S <= 3


async def test_what_takes_too_long_costs_that_picture_only(
    workers: Workers, save: Save, png: Callable[..., bytes]
) -> None:
    slow = png(64, 64, *[(b"aaAa", b"")] * 300_000)
    assert await in_worker(workers, slow, timeout_s=0.05) == "timed_out"
    good = save(Image.new("RGB", (64, 64), "red"), "JPEG")
    assert isinstance(await in_worker(workers, good), Result)


async def test_what_takes_too_much_memory_costs_that_picture_only(
    save: Save, png: Callable[..., bytes]
) -> None:
    workers = Workers(count=1, memory_bytes=150 * 1024**2, preload=PRELOAD)
    webp = save(Image.new("RGB", (4000, 4000)), "WEBP", lossless=True)
    # libwebp does not say why it failed.
    assert await in_worker(workers, webp) in {"too_many_pixels", "broken"}
    assert isinstance(await in_worker(workers, png(64, 64)), Result)
    await workers.close()
