"""Webhooks over real sockets on loopback; only the pauses between attempts are made up."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs
from tenacity import Future, RetryCallState

from preview_service import notifier
from preview_service.errors import BadSettings, UnknownWebhook
from preview_service.fetch.poster import Poster
from preview_service.notifier import MAX_ATTEMPTS, Attempt, Notifier, parse, pause_s
from preview_service.settings import FetchSettings

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(bytes(range(64))).decode()
BODY = b'{"title":"\xc3\x9cber"}'
NOW = 1_700_000_000.5

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Receiver:
    """A webhook's other end: answers with the statuses it is given in turn, the last for ever."""

    def __init__(self, *answers: int | Answer) -> None:
        self.answers = list(answers) or [204]
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.called = asyncio.Event()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.called.set()
        self.got.append(({k.lower(): v for k, v in request.headers.items()}, await request.read()))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if not isinstance(answer, int):
            return await answer(request)
        headers = {"Location": "/elsewhere"} if 300 <= answer < 400 else {}
        return web.Response(status=answer, headers=headers)


class Bench:
    """A notifier, its receivers, and the pauses it made between attempts."""

    def __init__(self) -> None:
        self.servers: list[TestServer] = []
        self.notifiers: list[Notifier] = []
        self.pauses: list[float] = []

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def notifier(
        self, *receivers: Receiver, allow_private: bool = True, extra: str = ""
    ) -> Notifier:
        rows = []
        for number, receiver in enumerate(receivers):
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", receiver.handle)
            server = TestServer(app)
            await server.start_server()
            self.servers.append(server)
            rows.append(
                f'[[webhook]]\nname = "hook{number}"\nurl = "{server.make_url("/in")}"\n'
                f'secret = "{SECRET}"\nallow_private = {str(allow_private).lower()}\n{extra}'
            )
        made = Notifier(
            parse("\n".join(rows).encode()),
            Poster(FetchSettings()),
            unix=lambda: NOW,
            sleep=self.pause,
        )
        self.notifiers.append(made)
        return made


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    yield made
    for each in made.notifiers:
        await each.close(within_s=0)
    for server in made.servers:
        await server.close()


async def body() -> bytes:
    return BODY


def verified(headers: dict[str, str], content: bytes, secret: str) -> bool:
    """The standard's check, written out."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + content
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in headers["webhook-signature"].split(" ")


async def test_a_card_arrives_signed(bench: Bench) -> None:
    receiver = Receiver()
    at = await bench.notifier(receiver)
    id_ = at.promise("hook0", "card", body)
    await at.settle()
    ((headers, content),) = receiver.got
    assert content == BODY
    assert headers["webhook-id"] == id_
    assert headers["webhook-timestamp"] == "1700000000"
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert verified(headers, content, SECRET)
    assert not verified(headers, content + b" ", SECRET)
    assert bench.pauses == []


async def test_while_a_secret_is_replaced_both_sign(bench: Bench) -> None:
    receiver = Receiver()
    at = await bench.notifier(receiver, extra=f'secrets = ["{OTHER}"]\n')
    at.promise("hook0", "card", body)
    await at.settle()
    ((headers, content),) = receiver.got
    assert verified(headers, content, SECRET)
    assert verified(headers, content, OTHER)


def test_a_signature_is_the_one_of_the_standards_own_test() -> None:
    webhook = parse(f'[[webhook]]\nname="a"\nurl="https://a.example"\nsecret="{SECRET}"'.encode())
    headers = webhook.named("a").headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', 1614265330
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_who_fails_twice_is_tried_until_it_succeeds(bench: Bench) -> None:
    receiver = Receiver(500, 503, 200)
    at = await bench.notifier(receiver)
    id_ = at.promise("hook0", "card", body)
    await at.settle()
    assert [headers["webhook-id"] for headers, _ in receiver.got] == [id_] * 3
    assert 1 <= bench.pauses[0] <= 2
    assert 4 <= bench.pauses[1] <= 5


async def test_who_never_succeeds_is_given_up(bench: Bench) -> None:
    receiver = Receiver(500)
    at = await bench.notifier(receiver)
    with capture_logs() as logs:
        at.promise("hook0", "card", body)
        await at.settle()
    assert len(receiver.got) == MAX_ATTEMPTS
    assert max(bench.pauses) <= notifier.MAX_PAUSE_S
    (line,) = logs
    assert (line["event"], line["attempts"]) == ("webhook_given_up", MAX_ATTEMPTS)
    assert SECRET not in str(line)


@pytest.mark.parametrize("status", [301, 307, 308, 410])
async def test_who_has_moved_or_is_gone_is_asked_once(bench: Bench, status: int) -> None:
    receiver = Receiver(status)
    at = await bench.notifier(receiver)
    at.promise("hook0", "card", body)
    await at.settle()
    assert len(receiver.got) == 1


async def test_who_is_inside_gets_nothing_unless_it_is_listed(bench: Bench) -> None:
    receiver = Receiver()
    at = await bench.notifier(receiver, allow_private=False)
    with capture_logs() as logs:
        at.promise("hook0", "card", body)
        await at.settle()
    assert receiver.got == []
    assert bench.pauses == []
    assert (logs[0]["event"], logs[0]["reason"]) == ("webhook_given_up", "blocked_address")


async def test_who_hangs_is_cut_off_and_holds_up_nobody_else(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifier, "ATTEMPT_S", 0.05)
    never = asyncio.Event()

    async def hang(_: web.Request) -> web.StreamResponse:
        await never.wait()
        return web.Response()

    hanging, well = Receiver(hang), Receiver()
    at = await bench.notifier(hanging, well)
    for number in range(notifier.AT_ONCE + 3):
        at.promise("hook0", f"card {number}", body)
    at.promise("hook1", "card", body)
    await at.settle()
    never.set()
    assert len(well.got) == 1
    assert len(hanging.got) == MAX_ATTEMPTS * (notifier.AT_ONCE + 3)


async def test_a_card_that_is_promised_is_not_promised_again(bench: Bench) -> None:
    receiver = Receiver()
    at = await bench.notifier(receiver, Receiver())
    made = asyncio.Event()

    async def late() -> bytes:
        await made.wait()
        return BODY

    ids = [at.promise("hook0", card, late) for card in ("a", "a", "b")]
    other = at.promise("hook1", "a", late)
    made.set()
    await at.settle()
    assert ids[0] == ids[1] != ids[2]
    assert other not in ids
    assert len(receiver.got) == 2
    assert at.promise("hook0", "a", late) == ids[0]
    await at.settle()
    assert len(receiver.got) == 3


async def test_only_so_much_is_promised_to_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifier, "MAX_PROMISED", 2)
    first, second = Receiver(), Receiver()
    at = await bench.notifier(first, second)
    promised = [at.promise("hook0", str(number), body) for number in range(3)]
    assert promised[2] is None
    assert at.promise("hook1", "0", body)
    await at.settle()
    assert (len(first.got), len(second.got)) == (2, 1)
    assert at.promise("hook0", "3", body)
    await at.settle()


async def test_a_card_that_is_not_made_is_told_and_forgotten(bench: Bench) -> None:
    at = await bench.notifier(Receiver())

    async def crash() -> bytes:
        raise ZeroDivisionError

    with capture_logs() as logs:
        at.promise("hook0", "card", crash)
        await at.settle()
    assert logs[0]["event"] == "webhook_crashed"
    assert repr(at) == "<Notifier 0 cards promised>"


async def test_closing_gives_up_what_does_not_arrive_in_time(bench: Bench) -> None:
    receiver = Receiver()
    at = await bench.notifier(receiver)
    never = asyncio.Event()

    async def late() -> bytes:
        await never.wait()
        return BODY

    at.promise("hook0", "a", body)
    at.promise("hook0", "b", late)
    await receiver.called.wait()
    await at.close(within_s=0)
    await asyncio.sleep(0)
    assert repr(at) == "<Notifier 0 cards promised>"


@pytest.mark.parametrize("steps", range(0, 30, 3))
async def test_given_up_at_any_moment_nothing_is_left(bench: Bench, steps: int) -> None:
    at = await bench.notifier(Receiver(500))
    at.promise("hook0", "a", body)
    for _ in range(steps):
        await asyncio.sleep(0)
    await at.close(within_s=0)
    await asyncio.sleep(0)
    assert repr(at) == "<Notifier 0 cards promised>"
    ours = asyncio.all_tasks() - {asyncio.current_task()}
    assert [task for task in ours if "web_protocol" not in repr(task)] == []


def state(attempt: int, last: Attempt) -> RetryCallState:
    made: Any = RetryCallState(None, None, (), {})  # type: ignore[arg-type]
    made.attempt_number = attempt
    made.outcome = Future(attempt)
    made.outcome.set_result(last)
    return made  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("attempt", "wanted", "least", "most"),
    [
        *((1, None, 1, 2), (2, None, 4, 5), (3, None, 16, 17), (5, None, 60, 60)),
        *((1, 30, 30, 30), (1, 3600, 60, 60)),
    ],
)
def test_a_pause_grows_and_heeds_the_receiver(
    attempt: int, wanted: float | None, least: float, most: float
) -> None:
    given = state(attempt, Attempt(status=503, retry_after_s=wanted))
    assert least <= pause_s(given) <= most


def test_an_unknown_webhook_is_told_the_known_ones() -> None:
    rows = "".join(
        f'[[webhook]]\nname="{name}"\nurl="https://a.example"\nsecret="{SECRET}"\n'
        for name in ("crm", "archive")
    )
    with pytest.raises(UnknownWebhook, match="the webhooks are archive, crm"):
        parse(rows.encode()).named("pigeon")
    with pytest.raises(UnknownWebhook, match="there are none"):
        parse(b"").named("pigeon")


ROW = {"name": '"crm"', "url": '"https://crm.example/"', "secret": f'"{SECRET}"'}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": '"C R M"'}, "C R M: "),
        ({"name": None}, "row 1: .*name"),
        ({"url": '"ftp://crm.example/"'}, "crm: .*http"),
        ({"url": '"https://me:secret@crm.example/"'}, "crm: .*user name"),
        ({"secret": None}, "crm: secret is missing"),
        ({"secret": '"short"'}, "crm: .*24 to 64"),
        ({"secret": f'"{SECRET}A"'}, "crm: .*base64"),
        ({"secret": '"whsec_' + "A" * 100 + '"'}, "crm: .*24 to 64"),
        ({"secret": "5"}, "crm: .*secret"),
        ({"colour": '"red"'}, "crm: .*colour"),
        ({"allow_private": '"yes"'}, "crm: .*allow_private"),
    ],
)
def test_a_bad_row_is_named_with_what_is_wrong(change: dict[str, str | None], says: str) -> None:
    fields = {key: value for key, value in {**ROW, **change}.items() if value is not None}
    rows = "[[webhook]]\n" + "".join(f"{key} = {value}\n" for key, value in fields.items())
    with pytest.raises(BadSettings, match=says) as caught:
        parse(rows.encode())
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (b"[[webhook", "webhooks: "),
        (b"\xff", "webhooks: "),
        (b"[webhook]\nname = 'crm'", r"\[\[webhook\]\]"),
        (b"[[hook]]\nname = 'crm'", r"\[\[webhook\]\]"),
    ],
)
def test_a_bad_file_is_refused(document: bytes, says: str) -> None:
    with pytest.raises(BadSettings, match=says):
        parse(document)


def test_a_name_stands_for_one_webhook() -> None:
    row = f'[[webhook]]\nname="crm"\nurl="https://a.example"\nsecret="{SECRET}"\n'
    with pytest.raises(BadSettings, match="more than one crm"):
        parse(2 * row.encode())
