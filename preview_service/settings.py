"""Environment and TOML file → `Settings`; the only reader of the environment.

Each field below is a setting: `PREVIEW_` + its upper-case name in the environment, its lower-case
name in the file given with `--config`. The environment wins. Lists are comma-separated in the
environment. Everything is checked at start. An unknown name in the file is an error; one in the
environment need not be ours: Kubernetes sets PREVIEW_SERVICE_HOST for a service called preview.
"""

import os
import tomllib
from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec

from preview_service import __version__
from preview_service.errors import BadSettings

PREFIX = "PREVIEW_"

Seconds = Annotated[float, msgspec.Meta(gt=0, le=600)]
Count = Annotated[int, msgspec.Meta(ge=1)]
# What a header may carry (RFC 9110 §5.5), so that a setting cannot smuggle in a second one.
HeaderText = Annotated[str, msgspec.Meta(pattern=r"^[\x20-\x7e]*\Z", max_length=300)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class FetchSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What may be fetched, and how long and how much of it."""

    allow_ports: tuple[Port, ...] = (80, 443)
    allow_networks: tuple[str, ...] = ()
    user_agent: HeaderText = ""
    contact_url: HeaderText = ""
    dns_timeout_s: Seconds = 2.0
    connect_timeout_s: Seconds = 3.0
    first_byte_timeout_s: Seconds = 4.0
    page_timeout_s: Seconds = 8.0
    max_redirects: Annotated[int, msgspec.Meta(ge=0, le=20)] = 5
    max_page_bytes: Annotated[int, msgspec.Meta(ge=1024)] = 1024 * 1024
    picture_timeout_s: Seconds = 5.0
    max_picture_bytes: Annotated[int, msgspec.Meta(ge=1024)] = 5_000_000
    max_fetches: Count = 64
    max_fetches_per_host: Count = 4
    max_waiting_fetches: Annotated[int, msgspec.Meta(ge=0)] = 128

    def __post_init__(self) -> None:
        for network in self.allow_networks:
            try:
                ip_network(network)
            except ValueError as error:
                raise ValueError(f"allow_networks: {error}") from error

    @property
    def agent(self) -> str:
        """The User-Agent sent: who asks, and where its owner can be reached."""
        if self.user_agent:
            return self.user_agent
        contact = f"; +{self.contact_url}" if self.contact_url else ""
        return f"preview-service/{__version__} (link preview{contact})"


class PageSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How far into a document the metadata is looked for, and how often a preview goes out.

    `max_requests` do not count redirects; with 1 a page is read and nothing beside it.
    """

    body_bytes: Annotated[int, msgspec.Meta(ge=0)] = 64 * 1024
    max_requests: Annotated[int, msgspec.Meta(ge=1, le=16)] = 4


class SourceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Files of rows that go before our own: oEmbed providers, and rules for single sites."""

    oembed_providers: str = ""
    sites: str = ""


class ChannelSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A file of profiles of those who bring their own channel."""

    partners: str = ""


class PictureSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where this service is reached from outside, and what signs the addresses of pictures there.

    Of several secrets the last one signs, and what the others signed is still good.
    """

    public_url: str = ""
    secret: tuple[Annotated[str, msgspec.Meta(min_length=16)], ...] = ()

    def __post_init__(self) -> None:
        parts = urlsplit(self.public_url)
        is_address = parts.scheme in ("http", "https") and parts.hostname and not parts.query
        if self.public_url and not is_address:
            raise ValueError("public_url: is not the address of a service")


class CacheSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where previews are kept, and for how long."""

    cache_url: str = "memory:"
    memory_bytes: Annotated[int, msgspec.Meta(ge=64 * 1024)] = 64 * 1024 * 1024
    disk_bytes: Annotated[int, msgspec.Meta(ge=1024 * 1024)] = 1024 * 1024 * 1024
    picture_bytes: Annotated[int, msgspec.Meta(ge=64 * 1024)] = 64 * 1024 * 1024
    picture_disk_bytes: Annotated[int, msgspec.Meta(ge=1024 * 1024)] = 1024 * 1024 * 1024
    redis_timeout_s: Annotated[float, msgspec.Meta(gt=0, le=5)] = 0.05
    answer_bytes: Annotated[int, msgspec.Meta(ge=64 * 1024)] = 16 * 1024 * 1024
    fresh_s: Annotated[float, msgspec.Meta(ge=1)] = 24 * 3600.0
    fresh_min_s: Annotated[float, msgspec.Meta(ge=0)] = 600.0
    stale_while_revalidate_s: Annotated[float, msgspec.Meta(ge=0)] = 7 * 24 * 3600.0
    stale_if_error_s: Annotated[float, msgspec.Meta(ge=0)] = 7 * 24 * 3600.0
    refresh_every_s: Annotated[float, msgspec.Meta(ge=0)] = 600.0


class NotifySettings(msgspec.Struct, frozen=True, kw_only=True):
    """A file of webhooks that late cards may be posted to."""

    webhooks: str = ""


class PreviewSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Time for one preview: what the caller waits unless it says so, and what the work may take.

    `warm_at_once` of them are made ahead at the same time.
    """

    wait_ms: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 2000
    preview_timeout_s: Seconds = 10.0
    warm_at_once: Annotated[int, msgspec.Meta(ge=1, le=256)] = 16


class ServeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the service ends: how long it still takes requests while `/readyz` refuses them."""

    drain_s: Annotated[float, msgspec.Meta(ge=0, le=5)] = 2.0


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting, one slice per part that is configured."""

    fetch: FetchSettings = FetchSettings()
    page: PageSettings = PageSettings()
    sources: SourceSettings = SourceSettings()
    channels: ChannelSettings = ChannelSettings()
    pictures: PictureSettings = PictureSettings()
    cache: CacheSettings = CacheSettings()
    preview: PreviewSettings = PreviewSettings()
    notify: NotifySettings = NotifySettings()
    serve: ServeSettings = ServeSettings()


def load(environ: Mapping[str, str] | None = None, file: Path | None = None) -> Settings:
    """The settings of this process; raise `BadSettings` naming what is wrong."""
    given = _from_file(file) if file else {}
    unknown = given.keys() - names().keys()
    if unknown:
        raise BadSettings(f"{file}: unknown settings: {', '.join(sorted(unknown))}")
    given |= _from_environ(os.environ if environ is None else environ)
    slices: dict[str, Any] = {}
    for part in msgspec.structs.fields(Settings):
        known = {field.name for field in msgspec.structs.fields(part.type)}
        slices[part.name] = _convert(
            {name: given[name] for name in known & given.keys()}, part.type
        )
    return Settings(**slices)


def environ_for_workers(secrets: Sequence[str] = ()) -> dict[str, str]:
    """This environment for other processes of the service, which shall sign with *secrets*."""
    return {**os.environ, **({f"{PREFIX}SECRET": ",".join(secrets)} if secrets else {})}


def unknown_names(environ: Mapping[str, str] | None = None) -> list[str]:
    """The environment's `PREVIEW_` names that are no settings: a misspelling, perhaps."""
    known = names().keys()
    given = _from_environ(os.environ if environ is None else environ)
    return sorted(f"{PREFIX}{name.upper()}" for name in given.keys() - known)


def names() -> dict[str, Any]:
    """Every setting's lower-case name with its default."""
    return {
        field.name: field.default
        for part in msgspec.structs.fields(Settings)
        for field in msgspec.structs.fields(part.type)
    }


def rows_of(document: bytes, file: str, row: str) -> list[Any]:
    """The rows of an operator's TOML *document*, of which each begins with [[*row*]].

    *file* is what they are, such as "sites", and begins what `BadSettings` says.
    """
    try:
        tables = tomllib.loads(document.decode())
    except ValueError as error:
        raise BadSettings(f"{file}: {error}") from error
    rows = tables.pop(row, [])
    if tables:
        unknown = ", ".join(sorted(tables))
        raise BadSettings(f"{file}: unknown: {unknown}; rows begin with [[{row}]]")
    if not isinstance(rows, list):
        raise BadSettings(f"{file}: a row begins with [[{row}]], in double brackets")
    return rows


def check_once(where: str, found: Sequence[str]) -> None:
    """Raise `BadSettings` if one is *found* twice."""
    twice = sorted({each for each in found if found.count(each) > 1})
    if twice:
        raise BadSettings(f"{where}: more than one {', '.join(twice)}")


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadSettings(f"{path}: {error}") from error


def _from_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    return {
        key.removeprefix(PREFIX).lower(): value
        for key, value in environ.items()
        if key.startswith(PREFIX)
    }


def _convert(values: dict[str, Any], kind: Any) -> Any:
    for field in msgspec.structs.fields(kind):
        value = values.get(field.name)
        if isinstance(field.default, tuple) and isinstance(value, str):
            values[field.name] = [item.strip() for item in value.split(",") if item.strip()]
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadSettings(f"setting refused: {error}") from error
