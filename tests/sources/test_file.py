"""What is claimed of an address that is a file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.model import Claim, Field, File, Kind, Page
from preview_service.sources.file import FILE, size

BASE = "https://shop.example/files/letter.pdf?v=2"

PDF = File(kind=Kind.DOCUMENT, media_type="application/pdf", name="letter.pdf")


def claims(file: File | None) -> list[Claim]:
    return list(FILE.read(Page(url=BASE, base=BASE, charset="utf-8", file=file)))


def facts(**file: object) -> str | None:
    given = {"kind": Kind.DOCUMENT, "media_type": "", "name": "", **file}
    found = {claim.source: claim.value for claim in claims(File(**given))}  # type: ignore[arg-type]
    return found.get("file:facts")


def test_a_document_says_what_it_is() -> None:
    file = File(
        kind=Kind.DOCUMENT,
        media_type="application/pdf",
        name="letter.pdf",
        bytes=2_400_000,
        title="To\nyou",
        description="A letter.",
        author="Ada",
        pages=12,
    )
    assert claims(file) == [
        Claim(field=Field.TITLE, value="To you", source="file:title"),
        Claim(field=Field.TITLE, value="letter.pdf", source="file:name"),
        Claim(field=Field.DESCRIPTION, value="A letter.", source="file:description"),
        Claim(field=Field.DESCRIPTION, value="PDF · 12 pages · 2.4 MB", source="file:facts"),
        Claim(field=Field.AUTHOR, value="Ada", source="file:author"),
        Claim(field=Field.KIND, value="document", source="file:type"),
    ]


@pytest.mark.parametrize(
    ("kind", "field"),
    [(Kind.IMAGE, Field.IMAGE), (Kind.VIDEO, Field.VIDEO), (Kind.AUDIO, Field.AUDIO)],
)
def test_a_picture_film_or_sound_is_its_own(kind: Kind, field: Field) -> None:
    file = File(kind=kind, media_type="image/png", name="a.png", width=1200, height=630)
    assert claims(file)[-1] == Claim(
        field=field,
        value=BASE,
        source="file:url",
        width=1200,
        height=630,
        media_type="image/png",
    )


def test_a_page_claims_nothing_here() -> None:
    assert claims(None) == []


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ({"media_type": "application/pdf", "pages": 1}, "PDF · 1 page"),
        ({"media_type": "image/jpeg", "width": 1200, "height": 630}, "JPEG · 1200 × 630"),
        ({"media_type": "image/svg+xml"}, "SVG"),
        ({"media_type": "audio/mpeg", "name": "song"}, "MP3"),
        ({"media_type": "audio/x-wav"}, "WAV"),
        ({"media_type": "text/plain", "name": "README"}, "Text"),
        ({"media_type": "application/octet-stream", "name": "disk.iso"}, "ISO"),
        ({"media_type": "application/vnd.ms-powerpoint", "name": "talk.ppt"}, "PPT"),
        ({"media_type": "application/octet-stream", "name": "a.<b>"}, None),
        ({"media_type": "application/octet-stream", "name": "letter", "bytes": 7}, "7 bytes"),
        ({"media_type": "application/octet-stream", "name": "letter", "pages": 0}, None),
        ({"bytes": 0}, None),
        ({"bytes": -1}, None),
        ({"bytes": 10**400}, None),
    ],
)
def test_only_what_is_known_is_told(file: dict[str, object], expected: str | None) -> None:
    assert facts(**file) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (9949, "9.9 kB"),
        (9950, "10 kB"),
        (24_400, "24 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (2_400_000, "2.4 MB"),
        (31_000_000_000, "31 GB"),
        (899 * 10**12, "899 TB"),
    ],
)
def test_a_size_has_two_or_three_figures(count: int, expected: str) -> None:
    assert size(count) == expected


@given(count=st.integers(min_value=1, max_value=900 * 10**12))
def test_every_size_has_a_unit_that_suits_it(count: int) -> None:
    figure, unit = size(count).split(" ")
    units = {"byte": 1, "bytes": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
    assert 1 <= float(figure) < 1000
    assert float(figure) * units[unit] == pytest.approx(count, rel=0.06)
