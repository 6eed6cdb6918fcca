"""The installed command as a process of its own, over real sockets."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

ROOT = Path(__file__).parents[2]
COMMAND = Path(sys.executable).parent / "preview-service"
SHOE = "https://shop.example/p/42"

PAGE = b"""<!doctype html><title>Loopback</title>
<meta property=og:title content="From a real socket">
<meta property=og:image content=/a.png>"""
PAGES = Path(__file__).parents[2] / "fixtures" / "pages"
PICTURE = (PAGES / "file-picture" / "dusk.png").read_bytes()

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Service:
    """A running `preview-service serve`."""

    def __init__(self, process: asyncio.subprocess.Process, address: str) -> None:
        self.process = process
        self.address = address

    async def ask(self, path: str, **parameters: object) -> dict[str, object]:
        query = {name: str(value) for name, value in parameters.items()}
        async with (
            aiohttp.ClientSession() as session,
            session.get(self.address + path, params=query) as response,
        ):
            assert response.status == 200, await response.text()
            answer: dict[str, object] = json.loads(await response.read())
            return answer


@asynccontextmanager
async def serving(*arguments: object, **environ: str) -> AsyncIterator[Service]:
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        "serve",
        "--port",
        "0",
        *map(str, arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environ},
    )
    assert process.stdout
    try:
        line = (await process.stdout.readline()).decode()
        assert line.startswith("listening on http://127.0.0.1:"), line
        yield Service(process, line.split()[-1])
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.fixture
async def origin() -> AsyncIterator[Callable[[Handler], Awaitable[int]]]:
    """Start loopback servers; each call returns a port."""
    async with AsyncExitStack() as stack:

        async def start(handler: Handler) -> int:
            async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                try:
                    await reader.readuntil(b"\r\n\r\n")
                    await handler(reader, writer)
                except ConnectionError:
                    pass
                finally:
                    writer.close()

            server = await asyncio.start_server(connected, "127.0.0.1", 0)
            await stack.enter_async_context(server)
            port: int = server.sockets[0].getsockname()[1]
            return port

        yield start


def loopback(port: int) -> dict[str, str]:
    return {"PREVIEW_ALLOW_NETWORKS": "127.0.0.0/8", "PREVIEW_ALLOW_PORTS": f"80,443,{port}"}


async def test_a_fixture_is_a_card_and_sigterm_ends_it_cleanly() -> None:
    async with serving("--offline", ROOT / "fixtures" / "pages") as service:
        answer = await service.ask("/preview", url=SHOE, channel="enhanced_whatsapp")
        assert (answer["status"], answer["delivery"]) == ("complete", "paste_preview")
        assert await service.ask("/livez") == {"status": "ok"}
        service.process.send_signal(signal.SIGTERM)
        assert await service.process.wait() == 0


async def test_a_page_from_a_socket_is_a_card(
    origin: Callable[[Handler], Awaitable[int]],
) -> None:
    bodies = iter(((b"text/html", PAGE), (b"image/png", PICTURE)))

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kind, body = next(bodies)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: " + kind + b"\r\n\r\n" + body)
        await writer.drain()

    port = await origin(answer)
    async with serving(**loopback(port)) as service:
        found = await service.ask("/preview", url=f"http://127.0.0.1:{port}/p", wait_ms=10_000)
    preview = found["preview"]
    assert isinstance(preview, dict)
    assert preview["title"] == "From a real socket"
    assert preview["image"]["url"] == f"http://127.0.0.1:{port}/a.png"
    assert (preview["image"]["width"], preview["image"]["height"]) == (640, 400)


async def test_an_origin_that_trickles_costs_the_deadline_and_no_more(
    origin: Callable[[Handler], Awaitable[int]],
) -> None:
    gone = asyncio.Event()

    async def trickle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<title>")
        await writer.drain()
        await gone.wait()

    port = await origin(trickle)
    async with serving(**loopback(port)) as service:
        started = time.monotonic()
        found = await service.ask("/preview", url=f"http://127.0.0.1:{port}/", wait_ms=300)
        took_ms = (time.monotonic() - started) * 1000
        assert (found["status"], found["reason"]) == ("pending", "deadline")
        # The upper bound leaves room for a loaded machine; the benchmark measures the rest.
        assert 290 <= took_ms < 1500
        gone.set()


def children(pid: int) -> set[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return {int(child) for child in found.split()}


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_workers_share_a_port_and_one_that_dies_is_replaced() -> None:
    async with serving("--workers", 2, "--offline", ROOT / "fixtures" / "pages") as service:
        before = children(service.process.pid)
        assert len(before) == 2
        killed = before.pop()
        os.kill(killed, signal.SIGKILL)
        now = before
        async with asyncio.timeout(20):
            while len(now - {killed}) < 2:
                # The other worker answers all the while, which also lets time pass.
                with contextlib.suppress(aiohttp.ClientConnectionError):
                    assert (await service.ask("/preview", url=SHOE))["status"] == "complete"
                now = children(service.process.pid)
        service.process.send_signal(signal.SIGTERM)
        assert await service.process.wait() == 0
        assert not [pid for pid in now if is_running(pid)]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PREVIEW_ALLOW_NETWORKS", "everything", b"allow_networks"),
        ("PREVIEW_PARTNERS", "/nowhere/partners.toml", b"/nowhere/partners.toml: No such file"),
        ("PREVIEW_PARTNERS", str(ROOT / "pyproject.toml"), b"pyproject.toml: partners: unknown"),
    ],
)
async def test_a_start_with_a_bad_setting_says_which(name: str, value: str, said: bytes) -> None:
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        "serve",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, name: value},
    )
    out, err = await process.communicate()
    assert (process.returncode, out) == (1, b"")
    assert err.count(b"\n") == 1
    assert said in err


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_start_with_a_bad_folder_is_one_line(workers: int) -> None:
    process = await asyncio.create_subprocess_exec(
        *(COMMAND, "serve", "--workers", str(workers), "--offline", Path(__file__).parent),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert (process.returncode, out) == (1, b"")
    assert err.count(b"\n") == 1
    assert b"exchanges.json" in err


async def test_a_port_in_use_is_one_line(
    origin: Callable[[Handler], Awaitable[int]],
) -> None:
    async def nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await writer.drain()

    process = await asyncio.create_subprocess_exec(
        COMMAND,
        "serve",
        "--port",
        str(await origin(nothing)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await process.communicate()
    assert process.returncode == 1
    assert err.count(b"\n") == 1
