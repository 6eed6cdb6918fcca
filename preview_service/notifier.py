"""A promised card → its JSON, posted to a webhook that the operator named, once it is there.

Signed as https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
has it, tried again for some minutes if the receiver is not well, and then given up: a card that
comes later than that finds nobody waiting. Webhooks are rows of a TOML file:

    [[webhook]]
    name = "crm"
    url = "https://crm.example/hooks/previews"
    secret = "whsec_…"        # or secrets = ["whsec_new…", "whsec_old…"] while one replaces another
    allow_private = false     # whether the address may be inside
"""

import asyncio
import hashlib
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec

from preview_service.errors import BadSettings, BadURL, Blocked, FetchFailed, UnknownWebhook
from preview_service.fetch.poster import Poster
from preview_service.settings import check_once, rows_of
from preview_service.telemetry.logs import logger
from preview_service.urls.normalize import Url, normalize

if TYPE_CHECKING:
    from standardwebhooks import Webhook as Signer
    from tenacity import RetryCallState

MAX_PROMISED: Final = 256
"""Cards promised to one webhook and not yet delivered; a receiver that hangs fills its own list."""

AT_ONCE: Final = 4
"""Posts to one webhook at once."""

ATTEMPT_S: Final = 10.0
MAX_ATTEMPTS: Final = 6
GIVE_UP_S: Final = 300.0
"""No attempt begins later than this after the first."""

FIRST_PAUSE_S: Final = 1.0
MAX_PAUSE_S: Final = 60.0
CLOSE_WITHIN_S: Final = 3.0

_GONE: Final = 410
# 192 to 512 bits in base64, as the standard wants a secret.
_SECRET: Final = re.compile(r"(?:whsec_)?[A-Za-z0-9+/]{32,86}={0,2}")

Make = Callable[[], Awaitable[bytes]]


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of the file."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_-]+\Z", max_length=64)]
    url: str
    secret: str | None = None
    secrets: tuple[str, ...] = ()
    allow_private: bool = False


class Webhook:
    """A receiver; its secrets show nowhere but in signatures."""

    def __init__(self, row: Row) -> None:
        self.name = row.name
        self.allow_private = row.allow_private
        self.url: Url = normalize(row.url, keep_tracking=True)
        self._signers = [_signer(each) for each in (row.secret, *row.secrets) if each is not None]
        if not self._signers:
            raise ValueError("secret is missing")

    def __repr__(self) -> str:
        return f"<Webhook {self.name}>"

    def headers(self, id_: str, body: bytes, now: float) -> dict[str, str]:
        """What goes with *body* at *now*, signed by each secret in turn."""
        date = datetime.fromtimestamp(int(now), UTC)
        signatures = (signer.sign(id_, date, body.decode()) for signer in self._signers)
        return {
            "Content-Type": "application/json; charset=utf-8",
            "webhook-id": id_,
            "webhook-timestamp": str(int(now)),
            "webhook-signature": " ".join(signatures),
        }


def _signer(secret: str) -> "Signer":
    from standardwebhooks import Webhook as Signer

    if not _SECRET.fullmatch(secret):
        raise ValueError("a secret is 24 to 64 random bytes in base64, perhaps behind whsec_")
    try:
        return Signer(secret)
    except ValueError:
        raise ValueError("a secret is not valid base64") from None


class Webhooks:
    """The receivers of a file, by name."""

    def __init__(self, webhooks: tuple[Webhook, ...]) -> None:
        self._by_name = {webhook.name: webhook for webhook in webhooks}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._by_name)

    def named(self, name: str) -> Webhook:
        """The webhook of that name; raise `UnknownWebhook` naming those there are."""
        try:
            return self._by_name[name]
        except KeyError:
            known = f"the webhooks are {', '.join(sorted(self._by_name))}"
            raise UnknownWebhook(
                f"there is no webhook of that name; {known if self._by_name else 'there are none'}"
            ) from None


NO_WEBHOOKS: Final = Webhooks(())


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """What one post came to: a status, or the reason why there is none."""

    status: int | None = None
    reason: str | None = None
    retry_after_s: float | None = None
    is_refused: bool = False

    @property
    def is_delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_over(self) -> bool:
        """Whether trying again is of no use: delivered, moved, not wanted, not allowed."""
        has_moved = self.status is not None and 300 <= self.status < 400
        return self.is_delivered or has_moved or self.status == _GONE or self.is_refused


class Notifier:
    """Keeps promises of cards; nothing of it outlives the process.

    *unix* gives the seconds that signatures are dated with, *sleep* lets those between two attempts
    pass.
    """

    def __init__(
        self,
        webhooks: Webhooks,
        poster: Poster,
        *,
        unix: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._webhooks = webhooks
        self._poster = poster
        self._unix = unix
        self._sleep = sleep
        self._promised: dict[str, asyncio.Task[None]] = {}
        self._counts: Counter[str] = Counter()
        self._turns = {name: asyncio.Semaphore(AT_ONCE) for name in webhooks.names}
        self._log = logger()

    def __repr__(self) -> str:
        return f"<Notifier {len(self._promised)} cards promised>"

    def check(self, name: str) -> None:
        """Raise `UnknownWebhook` if there is none of that name."""
        self._webhooks.named(name)

    def promise(self, name: str, card: str, make: Make) -> str | None:
        """Post what *make* brings to the webhook *name*; the id it will have, None: no room.

        The id stands for the webhook and *card*, which says what the card is of. While a card is
        promised it is not promised again.
        """
        webhook = self._webhooks.named(name)
        id_ = f"card_{hashlib.sha256(f'{name} {card}'.encode()).hexdigest()[:32]}"
        if id_ in self._promised:
            return id_
        if self._counts[name] >= MAX_PROMISED:
            self._log.warning("webhook_full", webhook=name)
            return None
        self._counts[name] += 1
        self._promised[id_] = task = asyncio.create_task(self._keep(webhook, id_, make))
        task.add_done_callback(lambda _: self._over(name, id_))
        return id_

    async def settle(self) -> None:
        """Wait until every promise is kept or given up."""
        while self._promised:
            await asyncio.wait(set(self._promised.values()))

    async def close(self, within_s: float = CLOSE_WITHIN_S) -> None:
        """Let what is under way arrive within *within_s*, and give up the rest."""
        tasks = set(self._promised.values())
        if tasks:
            await asyncio.wait(tasks, timeout=within_s)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._poster.close()

    def _over(self, name: str, id_: str) -> None:
        del self._promised[id_]
        self._counts[name] -= 1

    async def _keep(self, webhook: Webhook, id_: str, make: Make) -> None:
        try:
            body = await make()
            async with self._turns[webhook.name]:
                await self._deliver(webhook, id_, body)
        except Exception:
            self._log.exception("webhook_crashed", webhook=webhook.name, id=id_)

    async def _deliver(self, webhook: Webhook, id_: str, body: bytes) -> None:
        from tenacity import AsyncRetrying, retry_if_result, stop_after_attempt, stop_before_delay

        attempts = 0

        async def attempt() -> Attempt:
            nonlocal attempts
            attempts += 1
            return await self._attempt(webhook, id_, body)

        trying = AsyncRetrying(
            sleep=self._sleep,
            retry=retry_if_result(lambda last: not last.is_over),
            stop=stop_after_attempt(MAX_ATTEMPTS) | stop_before_delay(GIVE_UP_S),
            wait=pause_s,
            retry_error_callback=_last,
        )
        last: Attempt = await trying(attempt)
        tell = self._log.info if last.is_delivered else self._log.warning
        event = "webhook_delivered" if last.is_delivered else "webhook_given_up"
        told = {"status": last.status, "reason": last.reason, "attempts": attempts}
        tell(event, webhook=webhook.name, id=id_, **told)

    async def _attempt(self, webhook: Webhook, id_: str, body: bytes) -> Attempt:
        try:
            posted = await self._poster.post(
                webhook.url,
                body,
                webhook.headers(id_, body, self._unix()),
                allow_private=webhook.allow_private,
                timeout_s=ATTEMPT_S,
            )
        except FetchFailed as error:
            return Attempt(reason=error.reason, is_refused=isinstance(error, Blocked))
        return Attempt(status=posted.status, retry_after_s=posted.retry_after_s)


def pause_s(state: "RetryCallState") -> float:
    """Seconds before the next attempt: 1, 4, 16, 60 with jitter, or what the receiver asks for."""
    from tenacity import wait_exponential_jitter

    backoff = wait_exponential_jitter(
        initial=FIRST_PAUSE_S, max=MAX_PAUSE_S, exp_base=4, jitter=FIRST_PAUSE_S
    )
    return min(max(backoff(state), _last(state).retry_after_s or 0.0), MAX_PAUSE_S)


def _last(state: "RetryCallState") -> Attempt:
    result = state.outcome.result() if state.outcome else None
    return result if isinstance(result, Attempt) else Attempt()


def parse(document: bytes) -> Webhooks:
    """The webhooks in *document*; raise `BadSettings` naming the row and what is wrong with it."""
    rows = rows_of(document, "webhooks", "webhook")
    webhooks = tuple(_webhook(row, number) for number, row in enumerate(rows, 1))
    check_once("webhooks", [webhook.name for webhook in webhooks])
    return Webhooks(webhooks)


def _webhook(row: Any, number: int) -> Webhook:
    name = row.get("name") if isinstance(row, dict) else None
    where = f"webhooks: {name}" if isinstance(name, str) else f"webhooks: row {number}"
    try:
        return Webhook(msgspec.convert(row, Row))
    except (msgspec.ValidationError, ValueError, BadURL) as error:
        raise BadSettings(f"{where}: {error}") from error
