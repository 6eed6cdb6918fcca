"""What is in deploy/ fits the service it deploys."""

import json
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from preview_service import settings
from preview_service.processes import STOP_WITHIN_S

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
NODE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["node"]
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()


def test_what_compose_sets_are_settings() -> None:
    given = {name: re.sub(r"\$\{.*\}", "", value) for name, value in NODE["environment"].items()}
    assert settings.unknown_names(given) == []
    assert settings.load(given).cache.cache_url.startswith("redis://")


def test_a_node_is_given_the_time_it_needs_to_stop() -> None:
    assert float(NODE["stop_grace_period"].removesuffix("s")) > STOP_WITHIN_S


def test_what_the_image_copies_is_there_and_sent() -> None:
    sent = (DEPLOY / "Dockerfile.dockerignore").read_text()
    copied = re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    names = [name for line in copied for name in line.split()]
    assert "preview_service" in names
    for name in names:
        assert (ROOT / name).exists()
        assert f"!{name}\n" in sent


def test_the_image_runs_as_a_number_that_is_not_root() -> None:
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", DOCKERFILE, re.MULTILINE)


def test_the_image_asks_after_its_own_health() -> None:
    found = re.search(r"HEALTHCHECK .*\\\n\s*CMD (\[.*\])", DOCKERFILE)
    assert found
    _, *arguments = json.loads(found[1])
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    arguments[-1] = arguments[-1].replace("8080", str(port))
    ask = [sys.executable, *arguments]
    assert subprocess.run(ask, stderr=subprocess.DEVNULL, check=False).returncode != 0
    serve = ["-m", "preview_service", "serve", "--port", str(port)]
    with subprocess.Popen(
        [sys.executable, *serve], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout
        assert b"listening" in process.stdout.readline()
        assert subprocess.run(ask, check=False).returncode == 0
        process.kill()


def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed")
    given = (DEPLOY / "nginx.conf").read_text()
    # Names are looked up again only from nginx 1.27.3 on, and there are none to look up here.
    node = re.search(r"server node:8080 resolve", given)
    assert node
    made = given.replace(node[0], "server 127.0.0.1:8080")
    made = made.replace("/tmp/", f"{tmp_path}/")  # noqa: S108 - the container has one of its own
    path = tmp_path / "nginx.conf"
    path.write_text(made)
    done = subprocess.run(
        [nginx, "-t", "-c", path, "-p", tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
