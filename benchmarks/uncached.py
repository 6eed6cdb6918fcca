"""Previews per second of pages that are not cached, against iframely's server (npm, 2.4).

    npm install iframely@2.4        # in a folder outside the checkout
    python benchmarks/uncached.py --iframely FOLDER [--pages N] [--rounds N]

A loopback origin serves the corpus of real pages; addresses in them are turned to itself, where all
that looks like a picture is one. Origin, client and servers are all on one core, one request in
flight; rounds are paired and their order alternates; no server has seen a round's addresses.

What each does for a page: iframely fetches it whole, runs its plugins and asks for the size of the
pictures and icons it found. Ours reads as far as the metadata goes ("page alone",
PREVIEW_MAX_REQUESTS=1), by default looks at the first bytes of one or two pictures too, and with a
PREVIEW_PUBLIC_URL ("pictures copied") takes one whole and copies it for every channel. Bodies of
pages that declare nothing it reads in a worker. "bare fetch" is an aiohttp handler that asks for
the page with aiohttp's client and reads nothing: no service of these parts can do more.
"""

import argparse
import asyncio
import itertools
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Final, cast
from urllib.parse import urlsplit
from urllib.request import urlopen

import uvloop
from nodes import free_port

ROOT: Final = Path(__file__).parents[1]
CORPUS: Final = ROOT.parent / "shared" / "corpus" / "pages.jsonl"
PICTURE: Final = ROOT / "fixtures" / "pages" / "file-picture" / "dusk.png"

IFRAMELY: Final = """
export default {
  DEBUG: false, RICH_LOG_ENABLED: false, baseAppUrl: "http://127.0.0.1:PORT",
  port: PORT, host: "127.0.0.1", CACHE_ENGINE: "no-cache", CACHE_TTL: 0, allowedOrigins: ["*"],
  SKIP_IFRAMELY_RENDERS: true, GROUP_LINKS: true,
  providerOptions: { "readability": {}, "twitter.status": {} },
};
"""


# What any service of aiohttp has to do for a page, and no more: ask for it, and answer.
BARE: Final = """
import asyncio
from aiohttp import ClientSession, TCPConnector, web
import uvloop

FIRST_BYTES = 65536

async def main():
    async with ClientSession(connector=TCPConnector(force_close=True)) as session:
        async def answer(request):
            async with session.get(request.query["url"]) as page:
                first = await page.content.read(FIRST_BYTES)
                page.close()
            return web.json_response({"meta": {"title": str(len(first))}})

        app = web.Application()
        app.router.add_get("/", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", PORT).start()
        print("listening", flush=True)
        await asyncio.Event().wait()

uvloop.run(main())
"""


def corpus(port: int, count: int) -> dict[str, tuple[str, bytes]]:
    """Content types and bodies by path."""
    kept = {}
    there = f"http://127.0.0.1:{port}/".encode()
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        body = (CORPUS.parent / row["file"]).read_bytes()
        if row["status"] == 200 and b"<html" in body[:2000].lower():
            body = re.sub(rb"https?:(?:\\?/){2}[\w.-]+(?::\d+)?(?=[/\\\"'])\\?/?", there, body)
            kept[f"/{row['id']}"] = (row["content_type"] or "text/html", body)
    return dict(itertools.islice(kept.items(), count))


class Origin(asyncio.Protocol):
    """Answers each request with what is kept for its path, and /asked with how many there were."""

    asked = 0

    def __init__(self, answers: dict[str, bytes]) -> None:
        self.answers = answers
        self.head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        *heads, self.head = (self.head + data).split(b"\r\n\r\n")
        for head in heads:
            Origin.asked += 1
            path = head.split()[1].decode().partition("?")[0]
            if path == "/asked":
                whole = answer("200 OK", "text/plain", str(Origin.asked - 1).encode())
            else:
                is_picture = re.search(r"\.(png|jpe?g|gif|webp|ico)$", path)
                whole = self.answers.get(path) or self.answers[".png" if is_picture else ""]
            if head.startswith(b"HEAD"):
                whole = whole[: whole.index(b"\r\n\r\n") + 4]
            self.transport.write(whole)


def answer(status: str, kind: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def origin(port: int, pages: dict[str, tuple[str, bytes]]) -> None:
    answers = {path: answer("200 OK", *page) for path, page in pages.items()}
    answers[".png"] = answer("200 OK", "image/png", PICTURE.read_bytes())
    answers[""] = answer("404 Not Found", "text/plain", b"")
    loop = asyncio.get_running_loop()
    async with await loop.create_server(lambda: Origin(answers), "127.0.0.1", port):
        print("listening", flush=True)
        await asyncio.Event().wait()


@contextmanager
def started(command: list[str], ready: bytes, folder: Path, **environ: str) -> Iterator[None]:
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout
    assert any(ready in line for line in process.stdout), command
    try:
        yield
    finally:
        process.kill()
        process.communicate()


@contextmanager
def ours(origin_port: int, **settings: str) -> Iterator[str]:
    """Our service; the address to which to append one to preview."""
    port = free_port()
    environ = {
        "PREVIEW_ALLOW_NETWORKS": "127.0.0.0/8",
        "PREVIEW_ALLOW_PORTS": str(origin_port),
        **settings,
    }
    command = [sys.executable, "-m", "preview_service", "serve", "--port", str(port)]
    with started(command, b"listening", ROOT, **environ):
        yield f"http://127.0.0.1:{port}/preview?wait_ms=10000&url="


@contextmanager
def bare() -> Iterator[str]:
    """The same of a service that reads nothing."""
    port = free_port()
    command = [sys.executable, "-c", BARE.replace("PORT", str(port))]
    with started(command, b"listening", ROOT):
        yield f"http://127.0.0.1:{port}/?url="


@contextmanager
def iframely(installed: Path) -> Iterator[str]:
    """The same of iframely's server, as npm put it into *installed*."""
    port = free_port()
    folder = installed / "node_modules" / "iframely"
    (folder / "config.local.js").write_text(IFRAMELY.replace("PORT", str(port)))
    # It looks for its plugins' packages in its own folder.
    if not (folder / "node_modules").exists():
        (folder / "node_modules").symlink_to(folder.parent)
    command = ["node", "server.js"]
    with started(command, b"iframely is running", folder, NODE_ENV="local"):
        yield f"http://127.0.0.1:{port}/iframely?url="


def walk(asks: list[str]) -> tuple[float, int]:
    """Pages per second, one after another, and how many were found to have a title."""
    titled = 0
    connection = HTTPConnection(urlsplit(asks[0]).netloc)
    began = time.perf_counter()
    for ask in asks:
        parts = urlsplit(ask)
        connection.request("GET", f"{parts.path}?{parts.query}")
        found = json.loads(connection.getresponse().read())
        facts = found.get("preview") or found.get("meta") or {}
        titled += bool(facts.get("title"))
    return len(asks) / (time.perf_counter() - began), titled


def compare(bases: dict[str, str], origin_port: int, paths: list[str], rounds: int) -> None:
    rates: dict[str, list[float]] = {name: [] for name in bases}
    titled: dict[str, int] = {}
    visits: dict[str, int] = {}
    asked = f"http://127.0.0.1:{origin_port}/asked"
    for number in range(rounds + 1):
        some = paths[:30] if number == 0 else paths  # the first warms up
        names = list(bases) if number % 2 else list(bases)[::-1]
        for name in names:
            new = f"%3Fr={number}{name.replace(' ', '')}"
            there = f"{bases[name]}http://127.0.0.1:{origin_port}"
            asks = [f"{there}{path}{new}" for path in some]
            before = int(urlopen(asked).read())
            rate, titled[name] = walk(asks)
            visits[name] = int(urlopen(asked).read()) - before - 1
            if number:
                rates[name].append(rate)
    for name, found in rates.items():
        print(
            f"{name:24} {statistics.median(found):7.1f} previews/s "
            f"(min {min(found):.1f}, max {max(found):.1f}), {titled[name]} titles, "
            f"{visits[name] / len(paths):.1f} requests a page"
        )
        if "iframely" in bases and name != "iframely":
            ratios = list(map(float.__truediv__, found, rates["iframely"]))
            print(
                f"    of iframely's: min {min(ratios):.1f}, median "
                f"{statistics.median(ratios):.1f}, max {max(ratios):.1f}"
            )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--iframely", type=Path, help="where npm installed it")
    parser.add_argument("--pages", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--origin", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not CORPUS.exists():
        print(f"no corpus at {CORPUS}: nothing measured", file=sys.stderr)
        return 0
    if options.origin:
        uvloop.run(origin(options.origin, corpus(options.origin, options.pages)))
        return 0
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    port = free_port()
    paths = list(corpus(port, options.pages))
    with ExitStack() as stack:
        own = [sys.executable, __file__, "--pages", str(options.pages), "--origin", str(port)]
        stack.enter_context(started(own, b"listening", ROOT))
        public = {"PREVIEW_PUBLIC_URL": "http://previews.example"}
        bases = {
            "page alone": stack.enter_context(ours(port, PREVIEW_MAX_REQUESTS="1")),
            "pictures looked at": stack.enter_context(ours(port)),
            "pictures copied": stack.enter_context(ours(port, **public)),
            "bare fetch": stack.enter_context(bare()),
        }
        if options.iframely is None or shutil.which("node") is None:
            print("without Node or --iframely: ours alone")
        else:
            bases["iframely"] = stack.enter_context(iframely(options.iframely))
        compare(bases, port, paths, options.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
