import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from preview_service.errors import (
    BadStatus,
    Blocked,
    ConnectFailed,
    FetchFailed,
    Overloaded,
    TimedOut,
    Unreadable,
)
from preview_service.fetch.client import HttpFetcher
from preview_service.fetch.politeness import (
    MAX_HOSTS,
    FairQueue,
    Gate,
    Hosts,
    host_of,
)
from preview_service.settings import FetchSettings
from preview_service.urls.normalize import normalize

Serve = Callable[..., Awaitable[Any]]
NewFetcher = Callable[..., HttpFetcher]

HOST = "shop.example:443"
ACME = normalize("https://acme.example/")
SHOP = normalize("https://shop.example/p/42")


class Clock:
    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def gate(clock: Clock | None = None, **given: Any) -> Gate:
    clock = clock or Clock()
    return Gate(FetchSettings(**given), clock=clock, unix=clock)


# --- the queue -----------------------------------------------------------------------------------


def test_a_host_gets_no_more_turns_than_its_own() -> None:
    queue: FairQueue[str] = FairQueue(at_once=9, per_host=2, longest=9)
    assert [queue.take("a") for _ in range(3)] == [True, True, False]
    assert queue.take("b")


def test_turns_go_round_the_hosts() -> None:
    queue: FairQueue[str] = FairQueue(at_once=1, per_host=1, longest=200)
    assert queue.take("slow")
    for number in range(100):
        queue.wait("slow", f"slow {number}")
    queue.wait("other", "other 0")
    queue.wait("other", "other 1")
    order = []
    host = "slow"
    for _ in range(5):
        found = queue.give_back(host)
        assert found
        host, waiter = found
        order.append(waiter)
    assert order == ["slow 0", "other 0", "slow 1", "other 1", "slow 2"]


def test_a_host_with_all_its_turns_out_does_not_hold_up_the_next() -> None:
    queue: FairQueue[str] = FairQueue(at_once=3, per_host=2, longest=9)
    assert all(queue.take(host) for host in ("slow", "slow", "b"))
    queue.wait("slow", "slow 0")
    queue.wait("c", "c 0")
    assert queue.give_back("b") == ("c", "c 0")


def test_in_a_full_queue_the_most_wanted_host_makes_room() -> None:
    queue: FairQueue[str] = FairQueue(at_once=1, per_host=1, longest=4)
    queue.take("slow")
    assert [queue.wait("slow", f"slow {number}") for number in range(5)] == [*[None] * 4, "slow 4"]
    assert queue.wait("b", "b 0") == "slow 3"
    assert queue.wait("c", "c 0") == "slow 2"
    assert queue.wait("d", "d 0") == "slow 1"
    assert queue.wait("e", "e 0") == "e 0"  # one link waits for each of the others
    assert queue.length == 4


def test_there_is_room_for_whoever_would_not_be_sent_away() -> None:
    queue: FairQueue[str] = FairQueue(at_once=1, per_host=1, longest=3)
    assert queue.has_room("a")
    queue.take("slow")
    for number in range(3):
        assert queue.has_room("slow")
        queue.wait("slow", f"slow {number}")
    assert not queue.has_room("slow")
    for host in "bc":
        assert queue.has_room(host)
        queue.wait(host, host)
    assert not queue.has_room("d")
    assert queue.length == 3


def test_without_a_queue_nobody_waits() -> None:
    queue: FairQueue[str] = FairQueue(at_once=1, per_host=1, longest=0)
    assert queue.take("a")
    assert queue.wait("b", "b 0") == "b 0"


class Queueing(RuleBasedStateMachine):
    """Whatever is done to a queue, its numbers hold and no turn lies idle."""

    AT_ONCE, PER_HOST, LONGEST = 4, 2, 5

    def __init__(self) -> None:
        super().__init__()
        self.queue: FairQueue[int] = FairQueue(
            at_once=self.AT_ONCE, per_host=self.PER_HOST, longest=self.LONGEST
        )
        self.numbers = count()
        self.out: list[str] = []
        self.waiting: list[tuple[str, int]] = []

    @rule(host=st.sampled_from("abc"))
    def ask(self, host: str) -> None:
        if self.queue.take(host):
            self.out.append(host)
            return
        number = next(self.numbers)
        gone = self.queue.wait(host, number)
        self.waiting = [row for row in [*self.waiting, (host, number)] if row[1] != gone]

    @precondition(lambda self: self.out)
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        host = data.draw(st.sampled_from(self.out))
        self.out.remove(host)
        found = self.queue.give_back(host)
        if found:
            self.waiting.remove(found)
            self.out.append(found[0])

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(self.waiting))
        self.waiting.remove(row)
        self.queue.forget(*row)
        self.queue.forget(*row)

    @rule(host=st.sampled_from("abc"))
    def clear(self, host: str) -> None:
        assert self.queue.clear(host) == [number for each, number in self.waiting if each == host]
        self.waiting = [row for row in self.waiting if row[0] != host]

    @invariant()
    def holds(self) -> None:
        assert self.queue.turns_out == len(self.out) <= self.AT_ONCE
        assert self.queue.length == len(self.waiting) <= self.LONGEST
        assert all(self.out.count(host) <= self.PER_HOST for host in "abc")
        if len(self.out) < self.AT_ONCE:
            assert all(self.out.count(host) == self.PER_HOST for host, _ in self.waiting)


TestQueueing = Queueing.TestCase
TestQueueing.settings = settings(max_examples=50, stateful_step_count=30)


# --- what is remembered of hosts -----------------------------------------------------------------


def fail_often(hosts: Hosts, times: int, *, every_s: float = 1.0, start: float = 0.0) -> None:
    for number in range(times):
        hosts.fail(HOST, ConnectFailed("no"), start + number * every_s)


def test_five_failures_in_a_minute_are_enough() -> None:
    hosts = Hosts()
    fail_often(hosts, 4)
    assert hosts.refusal(HOST, 4) is None
    hosts.fail(HOST, TimedOut("no"), 4)
    refusal = hosts.refusal(HOST, 4.5)
    assert isinstance(refusal, TimedOut)
    assert refusal.retry_after == "30"
    assert hosts.refusal("other.example:443", 5) is None


def test_failures_that_lie_far_apart_are_forgiven() -> None:
    hosts = Hosts()
    fail_often(hosts, 20, every_s=16)
    assert hosts.refusal(HOST, 305) is None


def test_an_answer_makes_up_for_failures() -> None:
    hosts = Hosts()
    fail_often(hosts, 4)
    hosts.answer(HOST, 404, None, 4)
    assert len(hosts) == 0
    fail_often(hosts, 4, start=5)
    assert hosts.refusal(HOST, 9) is None


@pytest.mark.parametrize("error", [Blocked("no"), Overloaded("no"), Unreadable("no")])
def test_what_is_not_the_hosts_doing_does_not_count(error: FetchFailed) -> None:
    hosts = Hosts()
    for _ in range(9):
        hosts.fail(HOST, error, 1)
    assert len(hosts) == 0


@pytest.mark.parametrize(
    ("status", "counts"),
    [(404, False), (403, False), (429, False), (500, False), (502, True), (503, True), (522, True)],
)
def test_a_server_that_fails_counts_and_a_page_does_not(status: int, counts: bool) -> None:
    hosts = Hosts()
    for _ in range(5):
        hosts.answer(HOST, status, None, 1)
    refusal = hosts.refusal(HOST, 2)
    assert (refusal is not None) is counts
    if refusal:
        assert (refusal.reason, refusal.status) == ("http_status", status)


def test_after_half_a_minute_one_request_sees_how_it_is() -> None:
    hosts = Hosts()
    fail_often(hosts, 5)
    assert hosts.refusal(HOST, 33.9)
    assert hosts.refusal(HOST, 34) is None
    assert hosts.begin(HOST, 34)
    assert hosts.refusal(HOST, 34)
    hosts.fail(HOST, ConnectFailed("still"), 35)
    hosts.end_probe(HOST)
    assert hosts.refusal(HOST, 64.9)
    assert hosts.begin(HOST, 65)
    hosts.answer(HOST, 200, None, 65)
    hosts.end_probe(HOST)
    assert hosts.refusal(HOST, 65) is None
    assert not hosts.begin(HOST, 66)


def test_a_probe_that_says_nothing_leaves_it_to_the_next() -> None:
    hosts = Hosts()
    fail_often(hosts, 5)
    assert hosts.begin(HOST, 34)
    hosts.end_probe(HOST)
    assert hosts.refusal(HOST, 34) is None


def test_a_host_that_asks_for_rest_gets_it() -> None:
    hosts = Hosts()
    hosts.answer(HOST, 429, 20.0, 0)
    hosts.answer(HOST, 200, None, 1)  # one that was under way
    refusal = hosts.refusal(HOST, 19)
    assert isinstance(refusal, BadStatus)
    assert (refusal.status, refusal.retry_after) == (429, "1")
    assert hosts.refusal(HOST, 20) is None
    hosts.answer(HOST, 200, None, 21)
    assert len(hosts) == 0


def test_only_so_many_hosts_are_remembered() -> None:
    hosts = Hosts()
    for number in range(MAX_HOSTS + 10):
        hosts.fail(f"{number}.example:443", ConnectFailed("no"), 1)
    assert len(hosts) == MAX_HOSTS


def test_a_host_is_one_with_and_without_www_but_not_on_another_port() -> None:
    assert host_of(normalize("https://www.acme.example/a")) == "acme.example:443"
    assert host_of(normalize("http://acme.example:8080/a")) == "acme.example:8080"


# --- the gate ------------------------------------------------------------------------------------


async def hold(at: Gate, url: Any, until: asyncio.Event) -> None:
    async with at.turn(url):
        await until.wait()


async def settle(times: int = 5) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


async def test_a_full_queue_refuses_at_once() -> None:
    at = gate(max_fetches=1, max_waiting_fetches=1)
    until = asyncio.Event()
    tasks = [asyncio.create_task(hold(at, SHOP, until)) for _ in range(2)]
    await settle()
    with pytest.raises(Overloaded):
        async with at.turn(SHOP):
            pass
    with pytest.raises(Overloaded):
        at.check_room(SHOP)
    until.set()
    await asyncio.gather(*tasks)
    at.check_room(SHOP)
    assert repr(at) == "<Gate 0 out, 0 waiting, 0 troubled>"


async def test_who_makes_room_for_another_host_is_told() -> None:
    at = gate(max_fetches=1, max_waiting_fetches=2)
    until = asyncio.Event()
    crowd = [asyncio.create_task(hold(at, SHOP, until)) for _ in range(3)]
    await settle()
    other = asyncio.create_task(hold(at, ACME, until))
    await settle()
    until.set()
    done = await asyncio.gather(*crowd, other, return_exceptions=True)
    assert [type(each) for each in done] == [type(None), type(None), Overloaded, type(None)]


async def test_nobody_waits_longer_than_is_any_use(monkeypatch: pytest.MonkeyPatch) -> None:
    at = gate(max_fetches=1)
    monkeypatch.setattr(at, "_wait_s", 0)
    async with at.turn(SHOP):
        with pytest.raises(Overloaded):
            async with at.turn(ACME):
                pass
        assert repr(at) == "<Gate 1 out, 0 waiting, 0 troubled>"


async def failing(at: Gate, error: Exception) -> None:
    with suppress(type(error)):
        async with at.turn(SHOP):
            raise error


async def test_a_dead_host_is_not_asked_again() -> None:
    clock = Clock()
    at = gate(clock)
    for _ in range(5):
        await failing(at, ConnectFailed("no"))
    with pytest.raises(ConnectFailed, match="left alone"):
        async with at.turn(SHOP):
            pytest.fail("it was asked")
    clock.now += 30
    async with at.turn(SHOP) as turn:
        with pytest.raises(ConnectFailed, match="left alone"):
            async with at.turn(SHOP):
                pytest.fail("two at once")
        turn.answer(200, None)
    async with at.turn(SHOP):
        pass


async def test_who_waits_for_a_host_that_turns_out_dead_waits_no_longer() -> None:
    at = gate(max_fetches_per_host=5)
    until = asyncio.Event()

    async def fail_late() -> None:
        async with at.turn(SHOP):
            await until.wait()
            raise ConnectFailed("no")

    tasks = [asyncio.create_task(fail_late()) for _ in range(20)]
    await settle()
    until.set()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    sentences = [str(each) for each in done]
    assert sentences[:5] == ["no"] * 5
    assert all("left alone" in sentence for sentence in sentences[10:])
    assert repr(at) == "<Gate 0 out, 0 waiting, 1 troubled>"


async def test_a_host_that_wants_its_rest_is_left_alone_until_then() -> None:
    clock = Clock()
    at = gate(clock)
    async with at.turn(SHOP) as turn:
        turn.answer(503, "120")
    clock.now += 119
    with pytest.raises(BadStatus, match="asks to be left alone") as caught:
        async with at.turn(SHOP):
            pytest.fail("it was asked")
    assert (caught.value.status, caught.value.retry_after) == (503, "1")
    async with at.turn(ACME):
        pass
    clock.now += 1
    async with at.turn(SHOP):
        pass


async def test_only_a_refusal_can_ask_for_rest() -> None:
    at = gate()
    async with at.turn(SHOP) as turn:
        turn.answer(200, "120")
    async with at.turn(SHOP):
        pass


@pytest.mark.parametrize(("silent_s", "counts"), [(1, False), (4, True)])
async def test_silence_counts_once_it_is_long(silent_s: float, counts: bool) -> None:
    clock = Clock()
    at = gate(clock)
    for _ in range(5):
        task = asyncio.create_task(hold(at, SHOP, asyncio.Event()))
        await settle()
        clock.now += silent_s
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert repr(at) == f"<Gate 0 out, 0 waiting, {int(counts)} troubled>"


async def test_a_body_that_breaks_off_is_not_held_against_the_host() -> None:
    at = gate()
    for _ in range(9):
        with suppress(TimedOut):
            async with at.turn(SHOP) as turn:
                turn.answer(200, None)
                raise TimedOut("no more came")
    async with at.turn(SHOP):
        pass


@pytest.mark.parametrize("steps", range(12))
@pytest.mark.parametrize("victim", range(4))
async def test_whoever_gives_up_whenever_no_turn_is_lost(victim: int, steps: int) -> None:
    at = gate(max_fetches=2, max_fetches_per_host=1, max_waiting_fetches=2)

    async def visit(url: Any) -> None:
        async with at.turn(url):
            await settle(2)

    tasks = [asyncio.create_task(visit(url)) for url in (SHOP, SHOP, ACME, ACME, SHOP)]
    await settle(steps)
    tasks[victim].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert repr(at) == "<Gate 0 out, 0 waiting, 0 troubled>"


async def test_a_turn_that_comes_in_the_moment_of_giving_up_goes_on_to_the_next() -> None:
    at = gate(max_fetches=1)
    until = asyncio.Event()
    first, second, third = (asyncio.create_task(hold(at, SHOP, until)) for _ in range(3))
    await settle()
    until.set()
    await asyncio.sleep(0)  # the first has been told, and gives its turn to the second now
    second.cancel()
    await asyncio.gather(first, second, third, return_exceptions=True)
    assert third.done()
    assert not third.cancelled()
    assert repr(at) == "<Gate 0 out, 0 waiting, 0 troubled>"


# --- over real sockets ---------------------------------------------------------------------------

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok"
REST = b"HTTP/1.1 429 Too Many\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n"


async def test_a_closed_port_costs_nothing_once_it_is_known(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any, connects: list[str]
) -> None:
    site = await serve(OK)
    fetcher = new_fetcher(site)
    await site.stop()
    for _ in range(9):
        with pytest.raises(ConnectFailed):
            await fetcher.fetch(site.url, new_sink())
    assert fetcher.sockets_opened == 5


async def test_a_site_that_says_when_is_not_asked_before(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any
) -> None:
    site = await serve(REST)
    other = await serve(OK)
    fetcher = new_fetcher(site, other)
    assert (await fetcher.fetch(site.url, new_sink())).status == 429
    with pytest.raises(BadStatus) as caught:
        await fetcher.fetch(f"{site.url}another", new_sink())
    assert caught.value.status == 429
    assert len(site.heads) == 1
    assert (await fetcher.fetch(other.url, new_sink())).status == 200


async def test_a_hundred_links_to_a_silent_host_hold_up_no_other(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any
) -> None:
    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    slow = await serve(silent)
    others = [await serve(OK, host=f"127.0.0.{number}") for number in range(2, 6)]
    fetcher = new_fetcher(slow, *others, max_fetches=5, max_waiting_fetches=50)
    links = [
        asyncio.create_task(fetcher.fetch(f"{slow.url}{number}", new_sink()))
        for number in range(100)
    ]
    await settle()
    answers = await asyncio.gather(*(fetcher.fetch(each.url, new_sink()) for each in others))
    assert [each.status for each in answers] == [200] * 4
    await settle(100)
    assert len(slow.heads) == 4
    for link in links:
        link.cancel()
    done = await asyncio.gather(*links, return_exceptions=True)
    assert sum(isinstance(each, Overloaded) for each in done) >= 46


@pytest.mark.parametrize("number", range(0, 40, 3))
async def test_a_fetch_given_up_at_any_moment_gives_its_turn_back(
    serve: Serve, new_fetcher: NewFetcher, new_sink: Any, number: int
) -> None:
    site = await serve(OK)
    fetcher = new_fetcher(site, max_fetches=1)
    task = asyncio.create_task(fetcher.fetch(site.url, new_sink()))
    waiting = asyncio.create_task(fetcher.fetch(site.url, new_sink()))
    await settle(number)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert (await waiting).status == 200
    assert (await fetcher.fetch(site.url, new_sink())).status == 200
