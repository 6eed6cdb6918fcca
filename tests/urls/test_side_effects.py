"""Which URLs do something when fetched: by hand, row by row, and none of the pages people read."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_service.errors import BadURL
from preview_service.urls.normalize import normalize
from preview_service.urls.side_effect_rules import ACTIONS, SIGNATURES, Action, Signature
from preview_service.urls.side_effects import side_effect

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
CASES = json.loads((ROOT / "fixtures/urls/side_effects.json").read_text(encoding="utf-8"))
RULES = (*SIGNATURES, *ACTIONS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_urls(case: dict[str, str | None]) -> None:
    assert side_effect(normalize(case["url"] or "")) == case["rule"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_holds_for_its_example(rule: Action | Signature) -> None:
    assert side_effect(normalize(f"https://shop.example{rule.example}")) == rule.name


def test_a_rule_has_a_name_of_its_own_and_cases() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert {case["rule"] for case in CASES} == {*names, None}


def test_a_fragment_is_not_sent_and_proves_nothing() -> None:
    assert side_effect(normalize("https://shop.example/login#token=8f14e45fceea167a5a36")) is None


PATHS = st.lists(
    st.one_of(st.sampled_from(["verify", "%ff", "", "unsubscribe", "..", "é"]), st.text(max_size=9))
).map("/".join)


@given(PATHS, st.one_of(st.text(), st.sampled_from(["token=", "action=verify&&=;", "%&=%ff"])))
def test_any_url_can_be_judged(path: str, query: str) -> None:
    try:
        url = normalize(f"https://shop.example/{path}?{query}")
    except BadURL:
        return
    found = side_effect(url)
    assert found is None or found in {rule.name for rule in RULES}


@pytest.mark.parametrize("name", ["corpus/pages.jsonl", "research/ssrf_urls.jsonl"])
def test_no_page_of_the_web_is_taken_for_an_action(name: str) -> None:
    if not (SHARED / name).exists():
        pytest.skip(f"{name} is not in ../shared")
    judged = 0
    for line in (SHARED / name).read_text(encoding="utf-8").splitlines():
        try:
            url = normalize(json.loads(line)["url"])
        except BadURL:
            continue
        assert side_effect(url) is None, url.key
        judged += 1
    assert judged > 60
