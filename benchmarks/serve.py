"""Cached `/preview` over HTTP against a bare aiohttp handler that returns the same bytes.

One process each on one core, the load on another; rounds are paired and their order alternates.
Processor time per answer is told too: it says the same where others keep the machine busy.
"""

import argparse
import os
import statistics
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import load

ROOT = Path(__file__).parents[1]
PATH = "/preview?url=https://shop.example/p/42?utm_source=chat&channel=enhanced_whatsapp"

BARE = """
import asyncio, sys
from aiohttp import web
import uvloop

BODY = sys.stdin.buffer.read()
HEADERS = {"Content-Type": "application/json; charset=utf-8"}

async def answer(request):
    return web.Response(body=BODY, headers=HEADERS)

async def main():
    app = web.Application()
    app.router.add_get("/preview", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"listening on http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()

uvloop.run(main())
"""


@contextmanager
def server(command: list[str], core: int, given: bytes = b"") -> Iterator[tuple[int, int]]:
    """A server process pinned to *core*; its port and its id."""
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    os.sched_setaffinity(process.pid, {core})
    assert process.stdin
    assert process.stdout
    try:
        process.stdin.write(given)
        process.stdin.close()
        port = int(process.stdout.readline().decode().strip().rpartition(":")[2])
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    *_, server_core, load_core = [0, *sorted(os.sched_getaffinity(0))]
    os.sched_setaffinity(0, {load_core})
    ours = ["-m", "preview_service", "serve", "--port", "0", "--offline", "fixtures/pages"]
    with server(ours, server_core) as our:
        body = urllib.request.urlopen(f"http://127.0.0.1:{our[0]}{PATH}").read()
        with server(["-c", BARE], server_core, body) as bare:
            compare(our, bare, options)


def cpu_seconds(pid: int) -> float:
    """Processor time of *pid* so far, with that of the system for it (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def compare(
    our_server: tuple[int, int], bare_server: tuple[int, int], options: argparse.Namespace
) -> None:
    ratios, cpu_ratios = [], []
    for number in range(options.rounds + 1):
        pair, cpu = {}, {}
        servers = (our_server, bare_server) if number % 2 else (bare_server, our_server)
        for port, pid in servers:
            began = cpu_seconds(pid)
            times = load.run(
                "127.0.0.1",
                port,
                PATH,
                connections=options.connections,
                seconds=options.seconds,
            )
            pair[port] = len(times) / options.seconds, statistics.quantiles(times, n=100)
            cpu[port] = (cpu_seconds(pid) - began) / len(times) * 1e6
        if number == 0:
            continue  # warms both up
        our_port, bare_port = our_server[0], bare_server[0]
        (ours, our_p), (bare, bare_p) = pair[our_port], pair[bare_port]
        ratios.append(ours / bare)
        cpu_ratios.append(cpu[bare_port] / cpu[our_port])
        print(
            f"round {number}: {ours:8.0f}/s, bare {bare:8.0f}/s, ratio {ours / bare:.2f}; "
            f"p50 {our_p[49] * 1e3:.1f} / {bare_p[49] * 1e3:.1f} ms, "
            f"p99 {our_p[98] * 1e3:.1f} / {bare_p[98] * 1e3:.1f} ms; "
            f"CPU {cpu[our_port]:.0f} / {cpu[bare_port]:.0f} µs"
        )
    print(
        f"cached /preview, of a bare handler's requests per second: min {min(ratios):.2f}, "
        f"median {statistics.median(ratios):.2f}, max {max(ratios):.2f}"
    )
    print(
        f"the same by processor time per answer: min {min(cpu_ratios):.2f}, "
        f"median {statistics.median(cpu_ratios):.2f}, max {max(cpu_ratios):.2f}"
    )


if __name__ == "__main__":
    main()
