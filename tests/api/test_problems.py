from preview_service.api.problems import PROBLEMS
from preview_service.errors import CallerError


def test_every_callers_mistake_has_its_status() -> None:
    assert PROBLEMS.keys() == set(CallerError.__subclasses__())


def test_a_mistake_is_a_4xx_and_codes_are_unique() -> None:
    assert all(400 <= status < 500 for status, _ in PROBLEMS.values())
    assert len({error.code for error in PROBLEMS}) == len(PROBLEMS)
