"""What a preview costs that is not in memory, but in SQLite or in Redis; and a second worker.

    python benchmarks/hits.py [--rounds N] [--seconds S]

More pages are asked for in turn than fit the smallest memory and answers' cache, so that each is a
hit of the store behind. The floor is a bare aiohttp handler that returns as many bytes. Servers
have one core, the load (and redis-server, the origin) another. For workers both cores are
everybody's, and the load is wrk, which takes little; without it they are left out.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from contextlib import ExitStack
from typing import Final

import load
from nodes import ORIGIN, Process, free_port, redis
from serve import BARE, PATH, cpu_seconds, server

PAGES: Final = 1000
OURS: Final = ["-m", "preview_service", "serve", "--port", "0"]
SMALL: Final = {"PREVIEW_MEMORY_BYTES": "65536", "PREVIEW_ANSWER_BYTES": "65536"}


def stores(stack: ExitStack, cores: tuple[int, int], options: argparse.Namespace) -> None:
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    origin_port = free_port()
    origin = Process(
        sys.executable, "-c", ORIGIN, str(origin_port), port=origin_port, ready=b"listening"
    )
    stack.callback(origin.kill)
    store = redis(folder)
    stack.callback(store.kill)
    paths = [
        f"/preview?url={urllib.parse.quote(f'http://127.0.0.2:{origin_port}/hot/{number}')}"
        for number in range(PAGES)
    ]
    os.environ |= {
        "PREVIEW_ALLOW_NETWORKS": "127.0.0.0/8",
        "PREVIEW_ALLOW_PORTS": str(origin_port),
        **SMALL,
    }
    caches = {"sqlite": f"sqlite:{folder}/cache.db", "redis": f"redis://127.0.0.1:{store.port}"}
    for name, cache in caches.items():
        os.environ["PREVIEW_CACHE_URL"] = cache
        with server(OURS, cores[0]) as our:
            for path in paths:
                body = urllib.request.urlopen(f"http://127.0.0.1:{our[0]}{path}").read()
            state = urllib.request.urlopen(f"http://127.0.0.1:{our[0]}{paths[0]}").headers
            assert "hit" in state["Cache-Status"], state
            with server(["-c", BARE], cores[0], body) as bare:
                ratios = []
                for number in range(options.rounds + 1):
                    rates = {}
                    for each in (our, bare) if number % 2 else (bare, our):
                        began = cpu_seconds(each[1])
                        times = load.run(
                            "127.0.0.1",
                            each[0],
                            paths,
                            connections=options.connections,
                            seconds=options.seconds,
                        )
                        spent = (cpu_seconds(each[1]) - began) / len(times) * 1e6
                        rates[each] = len(times) / options.seconds, spent
                    if number:  # the first warms up
                        ratios.append((rates[our], rates[bare]))
        tell(f"{name}-only hit", ratios)


Rates = tuple[tuple[float, float], tuple[float, float]]


def tell(what: str, rates: list[Rates]) -> None:
    wall = [ours[0] / bare[0] for ours, bare in rates]
    spent = [bare[1] / ours[1] for ours, bare in rates]
    median = statistics.median(ours[0] for ours, _ in rates)
    print(
        f"{what}: {median:.0f}/s; of a bare handler's min {min(wall):.2f}, median "
        f"{statistics.median(wall):.2f}, max {max(wall):.2f}; by processor time of the service "
        f"min {min(spent):.2f}, median {statistics.median(spent):.2f}, max {max(spent):.2f}"
    )


def wrk(port: int, options: argparse.Namespace) -> tuple[float, float]:
    """Answers per second, and p99 in milliseconds."""
    told = subprocess.check_output(
        [
            *("wrk", "--latency", "-t1", f"-c{options.connections}", f"-d{options.seconds}s"),
            f"http://127.0.0.1:{port}{PATH}",
        ],
        text=True,
    )
    found = re.search(r"99%\s+([\d.]+)(us|ms|s)", told)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    assert found
    assert rate
    unit = {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]]
    return float(rate[1]), float(found[1]) * unit


def workers(options: argparse.Namespace) -> None:
    """Two against one, both allowed both cores, as is the load."""
    if shutil.which("wrk") is None:
        print("wrk is not installed: workers are not compared")
        return
    offline = (*OURS, "--offline", "fixtures/pages")
    with ExitStack() as stack:
        ports = []
        for count in ("1", "2"):
            process = subprocess.Popen(
                [sys.executable, *offline, "--workers", count],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)
            assert process.stdout
            ports.append(int(process.stdout.readline().decode().strip().rpartition(":")[2]))
        ratios = []
        for number in range(options.rounds + 1):
            rates = {}
            for port in ports if number % 2 else ports[::-1]:
                rates[port] = wrk(port, options)
            if number:
                (one, one_p99), (two, two_p99) = (rates[port] for port in ports)
                ratios.append(two / one)
                print(
                    f"round {number}: one {one:.0f}/s, p99 {one_p99:.1f} ms; "
                    f"two {two:.0f}/s, p99 {two_p99:.1f} ms; ratio {two / one:.2f}"
                )
        print(
            f"two workers, of one's answers per second: min {min(ratios):.2f}, "
            f"median {statistics.median(ratios):.2f}, max {max(ratios):.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--connections", type=int, default=64)
    options = parser.parse_args()
    workers(options)
    *_, server_core, load_core = [0, *sorted(os.sched_getaffinity(0))]
    os.sched_setaffinity(0, {load_core})
    with ExitStack() as stack:
        stores(stack, (server_core, load_core), options)


if __name__ == "__main__":
    main()
