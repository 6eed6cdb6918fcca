"""What is a spec, its text, and the sizes that come of it."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.images.spec import (
    MADE_TYPES,
    MAX_BYTES,
    MAX_RATIO_TERM,
    MAX_SIDE,
    MAX_TEXT,
    MIN_BYTES,
    MIN_SIDE,
    Spec,
)

TYPES = st.lists(st.sampled_from(sorted(MADE_TYPES)), min_size=1, unique=True).map(tuple)
SIDES = st.integers(MIN_SIDE, MAX_SIDE)
TERMS = st.integers(1, MAX_RATIO_TERM)
SPECS = st.builds(
    Spec,
    TYPES,
    SIDES,
    SIDES,
    st.integers(MIN_BYTES, MAX_BYTES),
    st.none() | st.tuples(TERMS, TERMS),
)
SIZES = st.tuples(st.integers(1, 16_384), st.integers(1, 16_384))


@dataclass(frozen=True)
class Case:
    text: str
    spec: Spec


CASES = [
    Case("p240x240b200000", Spec(("image/png",), 240, 240, 200_000)),
    Case("wj1200x630b600000", Spec(("image/webp", "image/jpeg"), 1200, 630, 600_000)),
    Case(
        "jp1024x1024b9999999c151-100",
        Spec(("image/jpeg", "image/png"), 1024, 1024, 9_999_999, (151, 100)),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.text)
def test_a_spec_has_a_text(case: Case) -> None:
    assert case.spec.text == case.text
    assert Spec.of_text(case.text) == case.spec


@given(SPECS)
def test_every_text_is_read_again(spec: Spec) -> None:
    assert len(spec.text) <= MAX_TEXT
    assert Spec.of_text(spec.text) == spec


@given(
    st.text(max_size=60) | st.from_regex(r"[jpw]{0,4}[0-9]{0,5}x[0-9]{0,5}b[0-9]{0,9}(c\d*-\d*)?")
)
def test_any_other_text_is_refused(text: str) -> None:
    try:
        spec = Spec.of_text(text)
    except ValueError:
        return
    assert spec.text == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "240x240b200000", "x240x240b200000", "pp240x240b200000", "p0240x240b200000"),
        *("p240x240b0", "p15x240b200000", "p240x4097b200000", "p240x240b4095", "p240x240b10000001"),
        *(
            "p240x240b200000c",
            "p240x240b200000c1-0",
            "p240x240b200000c1-10000",
            "p240x240b200000\n",
        ),
        *("P240x240b200000", "p24٠x240b200000", "p240x240b200000c1-1c1-1", "p" * 10_000),
    ],
)
def test_what_is_no_text_of_a_spec(text: str) -> None:
    with pytest.raises(ValueError, match="spec"):
        Spec.of_text(text)


@pytest.mark.parametrize(
    "arguments",
    [
        ((), 240, 240, 200_000),
        (("image/gif",), 240, 240, 200_000),
        (("image/png", "image/png"), 240, 240, 200_000),
        (("image/png",), 15, 240, 200_000),
        (("image/png",), 240, 4097, 200_000),
        (("image/png",), 240, 240, 4095),
        (("image/png",), 240, 240, 10_000_001),
        (("image/png",), 240, 240, 200_000, (0, 1)),
        (("image/png",), 240, 240, 200_000, (1, 10_000)),
    ],
)
def test_what_is_no_spec(arguments: tuple[object, ...]) -> None:
    with pytest.raises(ValueError, match="spec"):
        Spec(*arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "size", "expected"),
    [
        ("j1200x630b600000", (4000, 3000), (840, 630)),
        ("j1200x630b600000", (3000, 4000), (473, 630)),
        ("j1200x630b600000", (1200, 630), (1200, 630)),
        ("j1200x630b600000", (100, 50), (100, 50)),
        ("p240x240b200000", (16_384, 10), (240, 1)),
        ("j1200x630b600000c1-1", (4000, 3000), (630, 630)),
        ("j1024x1024b600000c151-100", (4000, 1000), (1024, 678)),
        ("j1024x1024b600000c151-100", (300, 300), (300, 199)),
        ("j1024x1024b600000c1-9999", (1000, 1000), (1, 1000)),
    ],
)
def test_the_size_that_comes_of_it(
    text: str, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert Spec.of_text(text).size(size) == expected


@given(SPECS, SIZES)
def test_nothing_grows_and_nothing_is_out_of_bounds(spec: Spec, size: tuple[int, int]) -> None:
    width, height = spec.size(size)
    assert 1 <= width <= min(spec.max_width, size[0])
    assert 1 <= height <= min(spec.max_height, size[1])
    assert 0 < spec.scale(size) <= 1
