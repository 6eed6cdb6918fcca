"""What the README promises is there, and what is there stands in the README."""

import re
from pathlib import Path

import pytest

from preview_service import settings
from preview_service.api.problems import PROBLEMS
from preview_service.api.requests import PreviewRequest, UpgradeRequest, parameters_of
from preview_service.channels import CHANNELS
from preview_service.channels.describe import COLUMNS, as_row
from preview_service.cli import cli

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(title: str) -> dict[str, list[str]]:
    """The table rows of a section by the code word in their first cell."""
    cells = (line.strip("|").split("|") for line in section(title).splitlines())
    return {
        found[1]: [cell.strip() for cell in row[1:]]
        for row in cells
        if (found := re.fullmatch(r"\s*`(.+)`\s*", row[0]))
    }


def test_every_setting_is_documented_with_its_default() -> None:
    table = rows("Settings")
    assert table.keys() == {f"{settings.PREFIX}{name.upper()}" for name in settings.names()}
    for name, default in settings.names().items():
        said = table[f"{settings.PREFIX}{name.upper()}"][0].strip("`")
        if name == "user_agent":
            assert said == "preview-service/VERSION (link preview; +CONTACT)"
        elif isinstance(default, tuple):
            assert said == (",".join(map(str, default)) or "none")
        elif isinstance(default, str):
            assert said == (default or "none")
        else:
            assert float(said) == default


def test_the_table_of_channels_is_made_of_the_code(request: pytest.FixtureRequest) -> None:
    """With --accept it is written anew."""
    named = ((f"`{name}`", *rest) for name, *rest in map(as_row, CHANNELS.values()))
    cells = [COLUMNS, ["---"] * len(COLUMNS), *named]
    made = "".join(f"| {' | '.join(row)} |\n" for row in cells)
    found = re.search(r"(?:^\|.*\n)+", section("Channels"), re.MULTILINE)
    assert found
    if request.config.getoption("--accept"):
        path = ROOT / "README.md"
        path.write_text(README.replace(found[0], made), encoding="utf-8")
    else:
        assert found[0] == made


def test_every_command_is_documented_with_its_options() -> None:
    table = rows("Command line")
    assert {line.split()[1] for line in table} == cli.commands.keys()
    for line in table:
        command = cli.commands[line.split()[1]]
        options = {
            name
            for param in command.params
            for name in param.opts
            if name[:2] == "--" and not getattr(param, "hidden", False)
        }
        assert set(re.findall(r"--[a-z-]+", line)) == options


@pytest.mark.parametrize("parameter", parameters_of(PreviewRequest))
def test_every_parameter_is_documented(parameter: str) -> None:
    assert f"`{parameter}`" in section("Ask it")


@pytest.mark.parametrize("parameter", parameters_of(UpgradeRequest))
def test_every_parameter_of_an_upgrade_is_documented(parameter: str) -> None:
    (line,) = [line for line in section("Ask it").splitlines() if "`POST /upgrade` takes" in line]
    assert f'"{parameter}"' in line


@pytest.mark.parametrize("code", [error.code for error in PROBLEMS])
def test_every_problem_is_documented(code: str) -> None:
    assert f"`{code}`" in section("Ask it")


def test_ci_runs_the_command_the_readme_gives() -> None:
    command = re.search(r"```sh\n(.+)\n```", section("Test it"))
    assert command
    assert command[1] in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
