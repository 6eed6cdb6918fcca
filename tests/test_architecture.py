"""The layout is a promise; these tests keep it."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import preview_service

PACKAGE = Path(preview_service.__file__).parent
TESTS = Path(__file__).parent

# Imports point down. Names on one line are strangers to each other.
LAYERS = [
    {"__main__"},
    {"cli"},
    {"app", "terminal"},
    {"processes"},
    {"api"},
    {"upgrader", "warmer"},
    {"previewer", "renderer", "image_proxy", "notifier"},
    {"gatherer"},
    {"pictures"},
    {"trip", "copies"},
    {"extractor"},
    {"fetch", "sources", "images", "cache", "channels", "components", "access"},
    {"page"},
    {"urls"},
    {"settings", "telemetry", "workers"},
    {"outcome"},
    {"model", "errors"},
    {"__init__"},
]

# Families that grow. Outsiders see their table and these modules only,
# so no other part can know one channel, source or store by name.
FAMILIES = {
    "channels": {"base", "describe", "fit", "partners", "predict"},
    "sources": {"base", "merge", "polish", "providers", "sites"},
    "cache": {"bus", "entry", "flights", "freshness", "key", "preview_cache", "purge", "store"},
}

# Parts that compute and never touch the network, the disk or the clock.
PURE_PARTS = {"urls", "page", "sources", "channels", "model", "outcome", "extractor"}
PURE_MODULES = {
    *("cache/entry.py", "cache/freshness.py", "cache/key.py"),
    *("fetch/conditional.py", "fetch/guard.py", "renderer.py"),
    *("images/signing.py", "images/spec.py"),
    *("images/choose.py", "images/probe.py", "images/reader.py", "images/tells.py"),
}
PURE_FOLDERS = ("images/formats/",)
IO_MODULES = {"aiohttp", "asyncio", "os", "random", "socket", "sqlite3", "time"}

# Imported by a plain `serve` these would cost its start; each is imported where it is used.
LATE_MODULES = (
    "regex",
    "lxml",
    "PIL",
    "redis",
    "aiosqlite",
    "pebble",
    "protego",
    "pypdf",
    "standardwebhooks",
    "tenacity",
)

MAX_LINES = 400

MODULES = sorted(PACKAGE.rglob("*.py"))
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}


def relative(module: Path) -> str:
    return module.relative_to(PACKAGE).as_posix()


@pytest.fixture(params=MODULES, ids=relative)
def module(request: pytest.FixtureRequest) -> Path:
    assert isinstance(request.param, Path)
    return request.param


def part_of(module: Path) -> str:
    """The folder or file directly under the package that owns *module*."""
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(module: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "spell out preview_service.… in imports"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def target_of(name: str) -> str:
    """The part an imported name belongs to; a name of the package itself is its `__init__`."""
    target = name.split(".")[1]
    return target if target in RANK else "__init__"


def test_imports_point_down(module: Path) -> None:
    part = part_of(module)
    for name in imports_of(module):
        if name.startswith("preview_service."):
            target = target_of(name)
            assert target == part or RANK[target] > RANK[part], f"{part} → {name}"


def test_every_part_has_its_layer(module: Path) -> None:
    assert part_of(module) in RANK


def test_family_members_are_known_to_their_family_only(module: Path) -> None:
    for name in imports_of(module):
        match name.split("."):
            case ["preview_service", family, member, *_] if family in FAMILIES:
                is_member = (PACKAGE / family / f"{member}.py").exists()
                is_open = member in FAMILIES[family] or part_of(module) == family
                assert is_open or not is_member, name


def test_no_channel_is_named_outside_its_family(module: Path) -> None:
    from preview_service.channels import CHANNELS

    if part_of(module) == "channels":
        return
    named = {
        node.value
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    # `generic` is the contract's default, so the edge may say it.
    assert not named & (CHANNELS.keys() - {"generic"})


def test_pure_parts_do_no_io(module: Path) -> None:
    name = relative(module)
    if part_of(module) in PURE_PARTS or name in PURE_MODULES or name.startswith(PURE_FOLDERS):
        assert not {name.split(".")[0] for name in imports_of(module)} & IO_MODULES
        assert "async def" not in module.read_text(encoding="utf-8")


def test_modules_are_short_and_say_what_they_are_for(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_LINES
    assert ast.get_docstring(ast.parse(text))


def test_only_the_client_opens_sessions(module: Path) -> None:
    if relative(module) != "fetch/client.py":
        assert "ClientSession(" not in module.read_text(encoding="utf-8")


def test_only_settings_reads_the_environment(module: Path) -> None:
    if relative(module) != "settings.py":
        text = module.read_text(encoding="utf-8")
        assert "os.environ" not in text
        assert "getenv" not in text


def test_html_is_never_parsed_quadratically(module: Path) -> None:
    imported = imports_of(module)
    assert not any(name.startswith("html.parser") for name in imported)
    assert "huge_tree=True" not in module.read_text(encoding="utf-8")


def test_every_module_imports_alone(module: Path) -> None:
    if module.name == "__main__.py":
        return
    name = ".".join(("preview_service", *module.relative_to(PACKAGE).with_suffix("").parts))
    importlib.import_module(name.removesuffix(".__init__"))


def test_serve_imports_only_what_it_needs() -> None:
    code = f"import preview_service.app, sys; print(sys.modules.keys() & {set(LATE_MODULES)})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    "test",
    [path for path in TESTS.rglob("test_*.py") if path.parent != TESTS],
    ids=lambda p: p.name,
)
def test_tests_mirror_modules(test: Path) -> None:
    """tests/page/test_charset.py tests page/charset.py, or the contract of a whole family."""
    folder = test.parent.relative_to(TESTS)
    mirrored = PACKAGE / folder / f"{test.name.removeprefix('test_')}"
    assert mirrored.exists() or test.name.endswith("_contract.py") or folder.parts[0] == "e2e"
