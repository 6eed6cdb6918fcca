"""A wired application → processes that serve one port until they are told to stop.

The kernel spreads connections over all that listen with SO_REUSEPORT (socket(7)). Not gunicorn with
aiohttp's worker, the other usual way: it brings a second command line and a second place for
settings, its worker makes the connections itself (ours answers what is no HTTP, see
`api.connection`), and its workers take turns at one socket, where one gets most of the work.
"""

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, cast

from aiohttp import web

from preview_service.api.app_keys import DRAINING
from preview_service.api.connection import Connection
from preview_service.errors import PreviewError
from preview_service.telemetry.logs import logger

STOP_WITHIN_S: Final = 15.0
CLOSE_S: Final = 4.0
"""Of that, for late cards that are under way and for closing what is open."""
KILL_AFTER_S: Final = STOP_WITHIN_S + 1.0
# Connections the kernel holds while the loop is busy.
BACKLOG: Final = 1024
RESTART_AFTER_S: Final = 0.5

Spawn = Callable[[], Awaitable[asyncio.subprocess.Process]]


class Stop:
    """Told by the first SIGTERM or SIGINT; the second ends the process, after *at_once*.

    That is done by hand: the first process of a container is deaf to what it has no handler for.
    """

    def __init__(self, at_once: Callable[[], None] = lambda: None) -> None:
        self._told = asyncio.Event()
        self._at_once = at_once
        self.is_interrupt = False
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._hear, number)

    async def wait(self) -> None:
        await self._told.wait()

    def when_closed(self, pipe: int) -> None:
        """Be told as well when *pipe*, to which nothing is written, ends."""
        loop = asyncio.get_running_loop()

        def ended() -> None:
            loop.remove_reader(pipe)
            self._told.set()

        loop.add_reader(pipe, ended)

    def _hear(self, number: int) -> None:
        if self._told.is_set():
            self._at_once()
            os._exit(128 + number)
        self.is_interrupt = number == signal.SIGINT
        self._told.set()


async def listen(
    app: web.Application,
    stop: Stop,
    *,
    host: str,
    port: int,
    is_shared: bool,
    drain_s: float,
    ready: Callable[[str], None],
) -> None:
    """Serve *app* until *stop*, then end within `STOP_WITHIN_S` with what is under way answered.

    For *drain_s* everybody is still welcome, while `/readyz` already says to go elsewhere: a load
    balancer has to ask before it can know. Whoever interrupts at a terminal need not wait for that.
    """
    loop = asyncio.get_running_loop()
    # aiohttp waits for so long, gives up bodies that have not come, and waits once more.
    wait_s = (STOP_WITHIN_S - drain_s - CLOSE_S) / 2
    runner = web.AppRunner(app, shutdown_timeout=wait_s)
    await runner.setup()
    try:
        connection = partial(Connection, cast(web.Server, runner.server), loop=loop)
        listener = await loop.create_server(
            connection, host, port, backlog=BACKLOG, reuse_port=is_shared or None
        )
        # What is there now stays: to look through all of it again and again is in vain.
        gc.freeze()
        ready(_address(listener.sockets[0]))
        await stop.wait()
        app[DRAINING].set()
        if not stop.is_interrupt:
            await asyncio.sleep(drain_s)
        listener.close()
    finally:
        await runner.cleanup()


async def supervise(
    command: Sequence[str],
    *,
    workers: int,
    host: str,
    port: int,
    environ: Mapping[str, str],
    ready: Callable[[str], None],
) -> None:
    """Run *command* in *workers* processes on one port until SIGTERM or SIGINT.

    *command* takes the port as its last argument, prints a line once it serves, and stops when its
    standard input ends: so it outlives neither this process nor its word. One that dies is
    replaced; *ready* is told the address once all of them serve.
    """
    running: set[asyncio.subprocess.Process] = set()
    stop = Stop(at_once=lambda: _kill(running))
    with _held(host, port) as held:
        given = (*command, str(held.getsockname()[1]))
        spawn = partial(_spawned, given, environ, running)
        first = await asyncio.gather(*(_started(spawn) for _ in range(workers)))
        keepers = [asyncio.create_task(_keep(each, spawn, running)) for each in first]
        ready(_address(held))
        await stop.wait()
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers)


def _held(host: str, port: int) -> socket.socket:
    """A socket that keeps the port for the workers, without taking connections itself."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    held = socket.socket(family, kind, protocol)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    held.bind(address)
    return held


async def _started(spawn: Spawn) -> asyncio.subprocess.Process:
    process = await spawn()
    if not await cast(asyncio.StreamReader, process.stdout).readline():
        raise PreviewError("a worker did not start")
    return process


async def _spawned(
    command: Sequence[str],
    environ: Mapping[str, str],
    running: set[asyncio.subprocess.Process],
) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=environ,
        # An interrupt from the terminal would reach it beside our word, as its second.
        start_new_session=True,
    )
    running.add(process)
    return process


async def _keep(
    process: asyncio.subprocess.Process,
    spawn: Spawn,
    running: set[asyncio.subprocess.Process],
) -> None:
    """Replace *process* whenever it ends, until cancelled; then end it gracefully."""
    try:
        while True:
            code = await process.wait()
            running.discard(process)
            logger().error("worker_died", pid=process.pid, code=code)
            # One that cannot even start must not keep the machine busy.
            await asyncio.sleep(RESTART_AFTER_S)
            process = await spawn()
    except asyncio.CancelledError:
        if process.returncode is None:
            await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    cast(asyncio.StreamWriter, process.stdin).close()
    try:
        async with asyncio.timeout(KILL_AFTER_S):
            await process.wait()
    except TimeoutError:
        logger().error("worker_stuck", pid=process.pid)
        process.kill()
        await process.wait()


def _kill(processes: set[asyncio.subprocess.Process]) -> None:
    for process in processes:
        if process.returncode is None:
            process.kill()


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def worker_command(host: str, config: Path | None, offline: Path | None) -> list[str]:
    """This command for one worker, but for the port at its end."""
    paths = {"--config": config, "--offline": offline}
    options = [text for name, path in paths.items() if path for text in (name, str(path))]
    # -P: the package that runs now, not one that lies in the working directory.
    serve = ["-P", "-m", "preview_service", "serve", "--shared", "--host", host]
    return [sys.executable, *serve, *options, "--port"]
