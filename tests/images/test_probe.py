"""What is said of small pictures, of their beginnings, and of bytes that are none."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.errors import NotAPicture
from preview_service.images.base import Facts
from preview_service.images.formats.reading import PROBE_BYTES
from preview_service.images.probe import MAX_SIDE, probe

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "fixtures" / "images" / "probe"
EXPECTED = json.loads((FOLDER / "facts.json").read_text(encoding="utf-8"))
PICTURES = sorted(name for name, facts in EXPECTED.items() if isinstance(facts, dict))
CONFORMANCE = ROOT.parent / "shared" / "conformance"

REASONS = {"not_a_picture", "unsupported_format", "broken", "too_many_pixels"}


def said(data: bytes, *, is_whole: bool) -> Facts | str | None:
    try:
        return probe(data, is_whole=is_whole)
    except NotAPicture as error:
        return error.reason


def folder(name: str) -> Path:
    path = CONFORMANCE / name
    if not path.is_dir():
        pytest.skip(f"{path} is absent: public test pictures, kept beside the checkout")
    return path


def test_every_fixture_is_expected_to_be_something() -> None:
    assert {path.name for path in FOLDER.iterdir() if path.is_file()} - {"facts.json"} == {
        *EXPECTED
    }


@pytest.mark.parametrize("name", EXPECTED)
def test_a_whole_file_is_what_it_is(name: str) -> None:
    found = said((FOLDER / name).read_bytes(), is_whole=True)
    assert msgspec.to_builtins(found) == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_what_a_beginning_says_holds(name: str) -> None:
    data = (FOLDER / name).read_bytes()
    answers = [said(data[:end], is_whole=False) for end in range(len(data) + 1)]
    known = [answer for answer in answers if answer is not None]
    assert answers == [None] * (len(answers) - len(known)) + known
    assert len(set(map(str, known))) <= 1
    if name in PICTURES:
        assert not known or msgspec.to_builtins(known[0]) == EXPECTED[name]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("baseline.jpg", 167),
        ("sideways.jpg", 203),
        ("still.png", 41),
        ("repeats.gif", 62),
        ("lossy.webp", 30),
        ("lossless.webp", 25),
        ("animated.webp", 30),
        ("still.avif", 267),
        ("icon.ico", 54),
        ("bitmap.bmp", 26),
    ],
)
def test_little_is_wanted(name: str, wanted: int) -> None:
    data = (FOLDER / name).read_bytes()
    assert said(data[: wanted - 1], is_whole=False) is None
    assert isinstance(said(data[:wanted], is_whole=False), Facts)


@pytest.mark.parametrize("name", PICTURES)
@given(data=st.data())
def test_of_altered_bytes_there_are_facts_or_a_reason(name: str, data: st.DataObject) -> None:
    picture = bytearray((FOLDER / name).read_bytes())
    for at in data.draw(st.lists(st.integers(0, min(len(picture), 400) - 1), max_size=4)):
        picture[at] = data.draw(st.sampled_from([0, 1, 2, 0x7F, 0x80, 0xFF]))
    cut = bytes(picture[: data.draw(st.integers(0, len(picture)))])
    found = said(cut, is_whole=True)
    assert found in REASONS or (
        isinstance(found, Facts)
        and 0 < found.width <= MAX_SIDE
        and 0 < found.height <= MAX_SIDE
        and 1 <= found.orientation <= 8
    )
    early = said(cut, is_whole=False)
    assert early is None or early in REASONS or isinstance(early, Facts)


@given(st.binary(max_size=2048))
def test_of_any_bytes_there_are_facts_or_a_reason(data: bytes) -> None:
    found = said(data, is_whole=True)
    assert found in REASONS or isinstance(found, Facts)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not_a_picture"),
        (b"\xff\xd8", "not_a_picture"),
        (b"<html><body><svg>", "not_a_picture"),
        (b"\xef\xbb\xbf <!DOCTYPE svg>\n<SVG>", "unsupported_format"),
        (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "unsupported_format"),
        (b"\x89PNG\r\n\x1a\n", "broken"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "unsupported_format"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0avifmif1", "broken"),
    ],
)
def test_a_refusal_says_why(data: bytes, reason: str) -> None:
    assert said(data, is_whole=True) == reason


def test_a_refusal_holds_no_bytes_of_the_target() -> None:
    with pytest.raises(NotAPicture) as raised:
        probe(b"<b>secret</b>".ljust(200), is_whole=True)
    assert str(raised.value) == "not_a_picture"


def test_a_file_without_a_type_is_given_up_early() -> None:
    page = b"<!doctype html><title>Not found</title>".ljust(PROBE_BYTES)
    assert said(page[:100], is_whole=False) is None
    assert said(page[:128], is_whole=False) == "not_a_picture"


# What has pixels that cannot be decoded begins like any other.
WITHOUT_A_READER = {"psd", "tif", "sgi", "j2k", "jp2", "dds", "fli", "icns"}


def test_pillows_odd_pictures_are_known_or_refused() -> None:
    paths = sorted(folder("pillow-images").iterdir())
    assert paths
    for path in paths:
        found = said(path.read_bytes(), is_whole=True)
        if path.suffix[1:] in WITHOUT_A_READER:
            assert found in {"unsupported_format", "not_a_picture"}, path.name
        elif path.name not in {"broken.png", "decompression_bomb.gif"}:
            assert isinstance(found, Facts), path.name


@pytest.mark.parametrize("suffix", ["jpg", "webp"])
def test_pillows_turned_pictures_are_turned(suffix: str) -> None:
    for orientation in range(2, 9):
        path = folder("pillow-images") / f"hopper_orientation_{orientation}.{suffix}"
        facts = probe(path.read_bytes(), is_whole=True)
        assert facts is not None
        assert (facts.width, facts.height, facts.orientation) == (128, 128, orientation)


@pytest.mark.parametrize(
    ("name", "orientation"),
    [
        *(("rot0mir0", 4), ("rot0mir1", 2), ("rot1mir0", 5), ("rot1mir1", 7)),
        *(("rot2mir0", 2), ("rot2mir1", 4), ("rot3mir0", 7), ("rot3mir1", 5)),
    ],
)
def test_pillows_turned_avifs_are_turned(name: str, orientation: int) -> None:
    facts = probe((folder("pillow-images") / f"{name}.avif").read_bytes(), is_whole=True)
    assert facts == Facts(media_type="image/avif", width=640, height=427, orientation=orientation)


def test_pngsuite_is_read() -> None:
    """Of those that are broken on purpose only one hides it in the pixels."""
    refused = []
    paths = sorted(folder("pngsuite").glob("*.png"))
    assert len(paths) > 170
    for path in paths:
        found = said(path.read_bytes(), is_whole=True)
        if isinstance(found, str):
            refused.append(path.name)
            continue
        assert found is not None
        assert found.media_type == "image/png"
    assert refused == [
        path.name for path in paths if path.name.startswith("x") and path.name != "xcsn0g01.png"
    ]
