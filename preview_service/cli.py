"""The `preview-service` command: parse, call, print.

Exit status 0, 2 for bad usage, 1 otherwise; an error is one line on standard error.
"""

import asyncio
import functools
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import click
import msgspec
from msgspec import UNSET

from preview_service import __version__, app, settings
from preview_service.api.schemas import Asked, answer, explanation, upgraded
from preview_service.channels import CHANNELS, one, select
from preview_service.channels.base import Channel
from preview_service.channels.describe import COLUMNS, as_row, describe
from preview_service.errors import BadRequest, CallerError, PreviewError
from preview_service.extractor import Row, extract
from preview_service.fetch.guard import Guard
from preview_service.fetch.recorded import record
from preview_service.fetch.rulings import Case, read_cases, rulings
from preview_service.image_proxy import NO_OFFER, Offer
from preview_service.model import Preview, Way
from preview_service.outcome import Outcome
from preview_service.previewer import stored
from preview_service.processes import supervise, worker_command
from preview_service.settings import Settings
from preview_service.telemetry import logs
from preview_service.terminal import draw, draw_table, progress
from preview_service.upgrader import Parts, Upgrader
from preview_service.urls.find import find_links
from preview_service.urls.normalize import Url, normalize
from preview_service.warmer import ERROR, Line, finished, lines_in, one_by_one

FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
FILE = click.Path(path_type=Path, dir_okay=False, exists=True, allow_dash=True)

offline_option = click.option(
    "--offline", type=FOLDER, help="Answer from the recorded pages of this folder alone."
)


def _given(_context: click.Context, _parameter: click.Parameter, text: str) -> str:
    # An argument that is not UTF-8 comes with lone surrogates, which no message can hold.
    return (sys.stdin.buffer.read() if text == "-" else os.fsencode(text)).decode()


text_argument = click.argument("text", default="-", metavar="[TEXT|-]", callback=_given)


class Target(NamedTuple):
    """Where a link goes, and how."""

    name: str
    way: Way
    partner: str | None

    def channels(self, given: Settings) -> Mapping[str, Channel]:
        """The channel by its name, or all, as the partner takes them."""
        return select(self.name, self.partner, app.partners(given))

    def asked(
        self, url: str, sent: str, channels: Mapping[str, Channel], offer: Offer = NO_OFFER
    ) -> Asked:
        """The question about *url*, from somebody who may know all."""
        return Asked(
            url=url,
            sent=sent,
            channel=self.name,
            channels=channels,
            way=self.way,
            offer=offer,
            is_admin=True,
        )


def to_target(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give *command* the options of a `Target`, as its argument `to`."""

    @functools.wraps(command)
    def call(*, name: str, way: Way, partner: str | None, **others: Any) -> Any:
        return command(to=Target(name, way, partner), **others)

    options = (
        click.option(
            "--channel", "name", default="generic", show_default=True, help="A channel, or all."
        ),
        click.option(
            "--method",
            "way",
            type=click.Choice(list(Way), case_sensitive=False),
            default=Way.AUTO,
            show_default=True,
            help="How to send the link.",
        ),
        click.option("--partner", help="A partner of byoc or byoc_ccaas."),
    )
    for option in reversed(options):
        call = option(call)
    return call


@click.group(no_args_is_help=False, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def cli() -> None:
    """Turn a pasted URL into the message a chat channel can really show."""


def main() -> NoReturn:
    """Run the command line of this process."""
    try:
        code = cli.main(prog_name="preview-service", standalone_mode=False)
    except (click.UsageError, CallerError) as error:
        _fail(error, 2)
    except BrokenPipeError:
        # Whoever read our output has seen enough; the interpreter must not flush into it again.
        sys.stdout = None
        sys.exit(1)
    except (click.ClickException, PreviewError, OSError, UnicodeError) as error:
        _fail(error, 1)
    except (click.Abort, KeyboardInterrupt):
        _fail("interrupted", 1)
    sys.exit(code or 0)


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option("--config", type=FILE, help="A TOML file of settings.")
@offline_option
@click.option("--shared", is_flag=True, hidden=True)
def serve(
    host: str, port: int, workers: int, config: Path | None, offline: Path | None, *, shared: bool
) -> None:
    """Run the service; one line with its address is printed when it is ready."""
    import uvloop

    logs.configure()
    given = settings.load(file=config)
    if (unknown := settings.unknown_names()) and not shared:
        logs.logger().warning("unknown_settings", names=unknown)

    def ready(address: str) -> None:
        click.echo(f"listening on {address}")

    if workers == 1:
        serving = app.serve(
            given, host=host, port=port, offline=offline, is_shared=shared, ready=ready
        )
    else:
        # Processes that sign on their own would refuse each other's addresses of pictures.
        pictures = app.signing(given.pictures)
        made = () if pictures is given.pictures else pictures.secret
        # What is wrong with the parts is said once, here, and not by every worker.
        app.check_shared(given)
        app.pipeline(msgspec.structs.replace(given, pictures=pictures), offline)
        serving = supervise(
            worker_command(host, config, offline),
            workers=workers,
            host=host,
            port=port,
            environ=settings.environ_for_workers(made),
            ready=ready,
        )
    uvloop.run(serving)


@cli.command()
@click.argument("url")
@to_target
@click.option("--json", "as_json", is_flag=True, help="The answer as the service gives it.")
@click.option("--explain", is_flag=True, help="Say where each value comes from.")
@offline_option
def preview(url: str, to: Target, *, as_json: bool, explain: bool, offline: Path | None) -> None:
    """Preview one URL, drawn in the terminal."""
    logs.configure("ERROR")
    given = settings.load()
    channels = to.channels(given)
    asked = normalize(url)
    outcome, offer = asyncio.run(_look(given, asked, channels, offline))
    trail = explanation(outcome, asked.key, "miss", is_admin=True) if explain else UNSET
    made = answer(outcome, to.asked(asked.href, asked.sent, channels, offer), trail)
    if as_json:
        _print_json(made)
    else:
        draw(made)


@cli.command("extract")
@click.argument("pages", type=FILE)
def extract_command(pages: Path) -> int:
    """Read the metadata of recorded pages, a JSON line each; no network."""
    failed = 0
    for number, line in enumerate(_read(pages).splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line, type=Row)
            body = (pages.parent / row.file).read_bytes()
        except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
            _complain(f"{pages}:{number}: {error}")
            failed = 1
            continue
        click.echo(msgspec.json.encode(extract(row, body)))
    return failed


@cli.command("render")
@click.argument("file", type=FILE)
@to_target
def render_command(file: Path, to: Target) -> None:
    """Render a stored `preview` object for a channel; no network."""
    channels = to.channels(settings.load())
    try:
        given = msgspec.json.decode(_read(file), type=Preview)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"{file}: not a preview: {error}") from error
    if not given.url.startswith(("http://", "https://")):
        raise BadRequest(f"{file}: not a preview: its url is not http or https")
    _print_json(answer(stored(given), to.asked(given.url, given.url, channels)))


@cli.command("upgrade")
@text_argument
@to_target
@offline_option
def upgrade_command(text: str, to: Target, offline: Path | None) -> None:
    """Turn the links of a text into cards: the messages to send, as JSON."""
    logs.configure("ERROR")
    parts = asyncio.run(_upgrade(settings.load(), text, to, offline))
    _print_json(upgraded(text, to.name, parts, now=time.time()))


@cli.command("links")
@text_argument
def links_command(text: str) -> None:
    """Find the links in a text, standard input without one; a JSON line each."""
    for link in find_links(text):
        row = {"url": link.url.href, "start": link.start, "end": link.end}
        click.echo(msgspec.json.encode(row))


@cli.command()
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option(
    "--file",
    type=FILE,
    help="URLs to judge: one a line, or JSON lines with url and, if recorded, its dns answers.",
)
@click.option("--resolve", is_flag=True, help="Look names up as well.")
@click.option("--self-test", is_flag=True, help="Try forbidden targets through every fetch path.")
def guard(urls: tuple[str, ...], file: Path | None, *, resolve: bool, self_test: bool) -> int:
    """Say of each URL whether it may be fetched, without connecting."""
    if self_test:
        return _self_test(settings.load())
    if not urls and file is None:
        raise click.UsageError("give a URL, --file or --self-test")
    asked = [Case(url=url) for url in urls]
    if file is not None:
        asked += read_cases(_read(file), str(file))
    for ruling in asyncio.run(rulings(settings.load().fetch, asked, resolve=resolve)):
        click.echo(msgspec.json.encode(ruling))
    return 0


@cli.command("channels")
@click.option("--json", "as_json", is_flag=True, help="All that is known of each, as JSON.")
@click.option(
    "--capabilities", "partner", metavar="PARTNER", help="What a partner registers at Salesforce."
)
def channels_command(partner: str | None, *, as_json: bool) -> None:
    """List the channels and what they take."""
    if partner is not None:
        _print_json(app.partners(settings.load()).registration(partner))
    elif as_json:
        # A set would be told in another order by each process.
        told = msgspec.json.encode([*map(describe, CHANNELS.values())], order="deterministic")
        click.echo(msgspec.json.format(told, indent=2))
    else:
        # The rest is too wide for a terminal.
        draw_table(COLUMNS[:3], [as_row(each)[:3] for each in CHANNELS.values()])


@cli.command("record")
@click.argument("url")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
def record_command(url: str, folder: Path) -> None:
    """Record what a URL answers as a case folder for --offline."""
    case = asyncio.run(_record(settings.load(), url, folder))
    click.echo(case)


@cli.command("warm")
@click.argument("file", type=FILE)
@click.option("--concurrency", type=click.IntRange(1, 256), help="How many URLs at once.")
@click.option("--resume", type=FILE, help="Results of before: what they have is left out.")
@offline_option
def warm_command(
    file: Path, concurrency: int | None, resume: Path | None, offline: Path | None
) -> int:
    """Fill the cache with the previews of many URLs, one a line; a JSON line each."""
    logs.configure("ERROR")
    given = settings.load()
    if concurrency:
        wanted = msgspec.structs.replace(given.preview, warm_at_once=concurrency)
        given = msgspec.structs.replace(given, preview=wanted)
    if given.cache.cache_url.startswith("memory:"):
        _complain("nothing stays when this ends: PREVIEW_CACHE_URL is memory:")
    done = finished(_read(resume)) if resume else frozenset()
    return asyncio.run(_warm(given, lines_in(_read(file), done), offline))


async def _look(
    given: Settings, url: Url, channels: Mapping[str, Channel], offline: Path | None
) -> tuple[Outcome, Offer]:
    parts = app.pipeline(given, offline)
    # A person waits for the work itself, not for a message's deadline.
    wait_s = 2 * given.preview.preview_timeout_s
    try:
        outcome = (await parts.previewer.look(url, wait_s=wait_s)).outcome
        return outcome, await parts.images.offer(outcome, channels.values(), wait_s=wait_s)
    finally:
        await parts.close()


async def _upgrade(given: Settings, text: str, to: Target, offline: Path | None) -> Parts:
    # One: a text is not sent to all.
    channel = one(to.name, to.partner, app.partners(given))
    parts = app.pipeline(given, offline)
    upgrader = Upgrader(parts.previewer, parts.images)
    try:
        # As in `_look`.
        wait_s = 2 * given.preview.preview_timeout_s
        return await upgrader.upgrade(text, channel, wait_s=wait_s, way=to.way)
    finally:
        await parts.close()


async def _warm(given: Settings, lines: list[Line], offline: Path | None) -> int:
    parts = app.pipeline(given, offline)
    failed = 0
    try:
        with progress(len(lines)) as tell:
            async for result in parts.warmer.warm(one_by_one(lines)):
                click.echo(msgspec.json.encode(result))
                tell(result.status)
                failed |= result.status == ERROR
    finally:
        await parts.close()
    return failed


async def _record(given: Settings, url: str, folder: Path) -> Path:
    fetcher = app.fetcher(given, Guard(given.fetch), None)
    try:
        return await record(url, folder, fetcher)
    finally:
        await fetcher.close()


def _self_test(given: Settings) -> int:
    from preview_service.fetch.selftest import self_test

    rows = asyncio.run(self_test(given.fetch))
    for row in rows:
        click.echo(msgspec.json.encode(row))
    return 0 if all(row.refused for row in rows) else 1


def _read(path: Path) -> bytes:
    return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()


def _print_json(value: object) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def _complain(message: object) -> None:
    click.echo(f"preview-service: {' '.join(str(message).split())}", err=True)


def _fail(error: object, code: int) -> NoReturn:
    _complain(error.format_message() if isinstance(error, click.ClickException) else error)
    sys.exit(code)
