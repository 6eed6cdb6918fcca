import asyncio
import contextlib
import json
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from pytest_aiohttp import AiohttpClient, AiohttpServer
from standardwebhooks import Webhook

from preview_service.api import previews, requests
from preview_service.api.app_keys import NOTIFIER, PURGER, SHELF
from preview_service.api.shelf import Shelf
from preview_service.app import application, pipeline
from preview_service.cache.purge import Purge
from preview_service.cache.sqlite import SqliteStore
from preview_service.channels import CHANNELS
from preview_service.image_proxy import Offer
from preview_service.notifier import Notifier
from preview_service.previewer import Sight
from preview_service.settings import (
    CacheSettings,
    ChannelSettings,
    FetchSettings,
    NotifySettings,
    PictureSettings,
    Settings,
)

PAGES = Path(__file__).parents[2] / "fixtures" / "pages"
SHOE = "https://shop.example/p/42"
FIRST_URLS = {
    folder.parent.name: json.loads(folder.read_text())["exchanges"][0]["url"]
    for folder in sorted(PAGES.glob("*/exchanges.json"))
}


async def ask(client: TestClient, **parameters: Any) -> dict[str, Any]:
    response = await client.get("/preview", params={k: str(v) for k, v in parameters.items()})
    assert response.status == 200, await response.text()
    answer: dict[str, Any] = await response.json()
    return answer


async def test_a_link_becomes_the_message_to_send(client: TestClient) -> None:
    answer = await ask(client, url=f"{SHOE}?utm_source=chat", channel="enhanced_whatsapp")
    assert answer["url"] == f"{SHOE}?utm_source=chat"
    assert answer["channel"] == "enhanced_whatsapp"
    assert (answer["status"], answer["delivery"]) == ("complete", "paste_preview")
    assert answer["reason"] is None
    assert answer["message"] == {"type": "text", "text": {"preview_url": True, "body": SHOE}}
    assert answer["text"] == f"Trail shoe 42\n{SHOE}"
    assert answer["preview"]["title"] == "Trail shoe 42"
    assert answer["customer_sees"] == {"as": "large_card", "because": []}
    note = answer["cache"]
    assert note["state"] == "miss"
    assert note["age_s"] + note["fresh_for_s"] == 86400
    assert "explain" not in answer


async def test_the_agents_fragment_reaches_the_customer(client: TestClient) -> None:
    answer = await ask(client, url=f"{SHOE}?gclid=1#size", channel="enhanced_whatsapp")
    assert answer["message"]["text"]["body"] == f"{SHOE}#size"
    assert answer["preview"]["url"] == SHOE


async def test_post_answers_what_get_answers(client: TestClient) -> None:
    got = await ask(client, url=SHOE, channel="standard_sms")
    response = await client.post("/preview", json={"url": SHOE, "channel": "standard_sms"})
    posted = await response.json()
    assert response.status == 200
    assert posted.pop("cache")["state"] == "hit"
    del got["cache"]
    assert posted == got


async def test_the_second_time_is_a_hit_with_the_same_words(client: TestClient) -> None:
    answers = [await ask(client, url=SHOE) for _ in range(3)]
    assert [answer.pop("cache")["state"] for answer in answers] == ["miss", "hit", "hit"]
    assert answers[0] == answers[1] == answers[2]


async def test_another_channel_of_a_known_link_is_a_hit(client: TestClient) -> None:
    await ask(client, url=SHOE)
    answer = await ask(client, url=SHOE, channel="standard_sms")
    assert answer["cache"]["state"] == "hit"


async def test_every_answer_says_where_its_time_went(client: TestClient) -> None:
    miss = await client.get("/preview", params={"url": SHOE})
    hit = await client.get("/preview", params={"url": SHOE})
    assert miss.headers["Cache-Status"] == "preview-service; fwd=miss"
    assert hit.headers["Cache-Status"].startswith("preview-service; hit; ttl=")
    assert "look;dur=" in miss.headers["Server-Timing"]
    assert "hit;dur=" in hit.headers["Server-Timing"]
    assert hit.headers["Content-Type"] == "application/json; charset=utf-8"


async def test_who_has_an_answer_is_not_sent_it_again(client: TestClient) -> None:
    first = await client.get("/preview", params={"url": SHOE})
    tag = first.headers["ETag"]
    assert not tag.startswith("W/")
    for given in (tag, f'"other", W/{tag}'):
        again = await client.get("/preview", params={"url": SHOE}, headers={"If-None-Match": given})
        assert (again.status, await again.read()) == (304, b"")
        assert again.headers["ETag"] == tag
        assert again.headers["Cache-Status"].startswith("preview-service; hit; ttl=")
        assert again.headers["X-Request-Id"]
    for other in ('"other"', "nonsense", ""):
        answer = await client.get(
            "/preview", params={"url": SHOE}, headers={"If-None-Match": other}
        )
        assert answer.status == 200
    posted = await client.post("/preview", json={"url": SHOE}, headers={"If-None-Match": tag})
    assert posted.status == 200
    elsewhere = {"url": SHOE, "channel": "standard_sms"}
    another = await client.get("/preview", params=elsewhere, headers={"If-None-Match": tag})
    assert another.status == 200


async def test_what_is_not_kept_has_no_tag(client: TestClient) -> None:
    for parameters in ({"url": SHOE, "wait_ms": "0"}, {"url": SHOE, "explain": "true"}):
        response = await client.get("/preview", params=parameters, headers={"If-None-Match": "*"})
        assert response.status == 200
        assert "ETag" not in response.headers


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_large_answer_is_compressed_for_who_takes_it(
    client: TestClient, method: str
) -> None:
    asked = {"url": SHOE, "channel": "all"}
    given: dict[str, Any] = {"params": asked} if method == "GET" else {"json": asked}
    plain = await client.request(
        method, "/preview", **given, headers={"Accept-Encoding": "identity"}
    )
    for _ in range(2):
        packed = await client.request(
            method, "/preview", **given, headers={"Accept-Encoding": "gzip"}
        )
        assert packed.headers["Content-Encoding"] == "gzip"
        assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
        told = await packed.json()
        assert told["messages"] == (await plain.json())["messages"]
    assert "Content-Encoding" not in plain.headers


async def test_a_refresh_is_made_once_and_never_an_error(client: TestClient) -> None:
    await ask(client, url=SHOE)
    notes = [(await ask(client, url=SHOE, refresh="true"))["cache"] for _ in range(2)]
    assert notes[0]["state"] == "bypass"
    assert "note" not in notes[0]
    assert (notes[1]["state"], notes[1]["note"]) == ("hit", "refresh_too_soon")
    kept = await ask(client, url=SHOE)
    assert kept["cache"]["state"] == "hit"
    assert "note" not in kept["cache"]


async def test_a_kept_answer_goes_when_its_entry_does(client: TestClient) -> None:
    stored = []
    for refresh in ("false", "false", "true", "false"):
        response = await client.get("/preview", params={"url": SHOE, "refresh": refresh})
        stored.append(response.headers["Server-Timing"].partition(";")[0])
    assert stored == ["look", "hit", "look", "look"]


async def test_languages_are_kept_apart_by_what_sites_tell_apart(client: TestClient) -> None:
    states = [
        (await ask(client, url=SHOE, lang=lang))["cache"]["state"]
        for lang in ("de", "de-AT", "en-GB", "en", "fr")
    ]
    assert states == ["miss", "hit", "miss", "hit", "miss"]
    answer = await ask(client, url=SHOE, lang="de-CH", explain="true")
    assert answer["explain"]["cache"] == {"key": f"{SHOE}#de", "state": "hit"}


async def test_all_channels_side_by_side(client: TestClient) -> None:
    answer = await ask(client, url=SHOE, channel="all")
    assert answer["messages"].keys() == CHANNELS.keys()
    for name, message in answer["messages"].items():
        alone = await ask(client, url=SHOE, channel=name)
        assert message == {key: alone[key] for key in message}
        assert message.keys() == {
            *("delivery", "reason", "message", "text", "customer_sees", "fit", "can_edit")
        }


async def test_explain_tells_where_a_value_comes_from(client: TestClient) -> None:
    answer = await ask(client, url=SHOE, explain="true")
    title = answer["explain"]["fields"]["title"]
    assert (title["value"], title["source"]) == ("Trail shoe 42", "og:title")
    fetch, picture = answer["explain"]["fetches"]
    assert (fetch["url"], fetch["status"]) == (SHOE, 200)
    assert (picture["purpose"], picture["reason"]) == ("image", "unreachable")
    assert answer["explain"]["cache"] == {"key": SHOE, "state": "miss"}


async def test_explain_names_what_speaks_against_a_card(client: TestClient) -> None:
    url = FIRST_URLS["login-wall-redirect"]
    answer = await ask(client, url=url, explain="true", channel="enhanced_whatsapp")
    assert (answer["delivery"], answer["reason"]) == ("text", "login_wall")
    assert answer["text"] == url
    assert answer["explain"]["verdict"] == {"verdict": "login_wall", "evidence": "login_address"}


async def test_out_of_time_is_text_now_and_a_card_later(client: TestClient) -> None:
    url = FIRST_URLS["slow-origin"]
    for channel in CHANNELS:
        answer = await ask(client, url=url, channel=channel, wait_ms=0)
        assert (answer["status"], answer["reason"]) == ("pending", "deadline")
        assert answer["delivery"] == "text"
        assert answer["text"] == url
        assert answer["preview"] is None
        assert url in json.dumps(answer["message"])
        assert answer["cache"] == {"state": "miss", "age_s": 0, "fresh_for_s": 0}


async def test_an_early_answer_is_not_kept(client: TestClient) -> None:
    first = await ask(client, url=SHOE, wait_ms=0)
    assert first["status"] == "pending"
    while first["status"] in {"pending", "partial"}:
        first = await ask(client, url=SHOE, wait_ms=0)
    assert first["status"] == "complete"


async def test_a_stranger_does_not_learn_what_is_inside(client: TestClient) -> None:
    url = FIRST_URLS["redirect-to-private-address"]
    answer = await ask(client, url=url, explain="true", channel="all")
    assert answer["reason"] == "unreachable"
    assert {message["reason"] for message in answer["messages"].values()} == {"unreachable"}
    assert answer["explain"]["fetches"] == [
        {"url": url, "purpose": "page", "reason": "unreachable"}
    ]
    unknown = await ask(client, url="https://unheard-of.example/", explain="true")
    assert unknown["cache"] == {"state": "miss", "age_s": 0, "fresh_for_s": 0}
    assert unknown["reason"] == "unreachable"
    assert unknown["explain"]["fetches"][0].keys() == {"url", "purpose", "reason"}


@pytest.mark.parametrize("name", FIRST_URLS.keys() - {"slow-origin"})
async def test_every_recorded_page_makes_a_sendable_message(client: TestClient, name: str) -> None:
    answer = await ask(client, url=FIRST_URLS[name], channel="all", wait_ms=10_000)
    for message in answer["messages"].values():
        assert message["message"]
        assert message["text"]


PROBLEMS = {
    "no url": ({}, 400, "bad_url", "url"),
    "empty url": ({"url": ""}, 400, "bad_url", "empty"),
    "2049 characters": ({"url": "https://a.example/" + "x" * 2031}, 400, "bad_url", "2048"),
    "ftp": ({"url": "ftp://a.example/"}, 400, "bad_url", "http"),
    "javascript": ({"url": "javascript:alert(1)"}, 400, "bad_url", "http"),
    "userinfo": ({"url": "https://a@b.example/"}, 400, "bad_url", "user name"),
    "private": ({"url": "http://10.0.0.1/"}, 400, "bad_url", "public"),
    "port": ({"url": "http://a.example:22/"}, 400, "bad_url", "22"),
    "unknown parameter": ({"url": SHOE, "chanel": "x"}, 400, "bad_request", "channel"),
    "unknown channel": ({"url": SHOE, "channel": "pigeon"}, 404, "unknown_channel", "generic"),
    "bad lang": ({"url": SHOE, "lang": "german"}, 400, "bad_request", "BCP 47"),
    "unknown webhook": ({"url": SHOE, "notify": "crm"}, 404, "unknown_webhook", "there are none"),
    "bad wait": ({"url": SHOE, "wait_ms": "1e9"}, 400, "bad_request", "wait_ms"),
}


@pytest.mark.parametrize("name", PROBLEMS)
async def test_a_callers_mistake_is_a_problem_that_says_what(client: TestClient, name: str) -> None:
    parameters, status, code, says = PROBLEMS[name]
    response = await client.get("/preview", params=parameters)
    problem = json.loads(await response.read())
    assert (response.status, response.content_type) == (status, "application/problem+json")
    assert (problem["status"], problem["code"]) == (status, code)
    assert says in problem["detail"]
    assert response.headers["X-Request-Id"]


async def test_a_2048_character_url_is_served(client: TestClient) -> None:
    url = "https://a.example/" + "x" * 2030
    assert (await ask(client, url=url))["text"] == url


async def test_a_url_too_long_by_a_character_is_told_so_however_it_is_escaped(
    client: TestClient,
) -> None:
    url = "\N{CAT}" * 2049
    response = await client.post("/preview", json={"url": url})
    problem = json.loads(await response.read())
    assert (response.status, problem["code"]) == (400, "bad_url")


async def test_a_body_too_large_is_a_problem(client: TestClient) -> None:
    response = await client.post("/preview", data=b"x" * 600_000)
    assert response.status == 413
    assert response.content_type == "application/problem+json"


async def test_a_body_that_does_not_come_is_the_callers_mistake(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "BODY_WITHIN_S", 0.01)
    never = asyncio.Event()

    async def half() -> AsyncIterator[bytes]:
        yield b'{"url":'
        await never.wait()

    async with client.post("/preview", data=half()) as response:
        problem = json.loads(await response.read())
    assert (response.status, problem["code"]) == (400, "bad_request")
    assert "did not arrive" in problem["detail"]


async def test_a_body_that_is_not_coded_as_it_says_is_the_callers_mistake(
    client: TestClient,
) -> None:
    headers = {"Content-Encoding": "gzip"}
    async with client.post("/preview", data=b"plain", headers=headers) as response:
        problem = json.loads(await response.read())
    assert (response.status, problem["code"]) == (400, "bad_request")


SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
Posts = list[tuple[dict[str, str], bytes]]


@pytest.fixture
async def posts(
    aiohttp_client: AiohttpClient, aiohttp_server: AiohttpServer, tmp_path: Path
) -> tuple[TestClient, Notifier, Posts]:
    """The service with a webhook, and what arrives there."""
    got: Posts = []

    async def receive(request: web.Request) -> web.Response:
        got.append((dict(request.headers), await request.read()))
        return web.Response(status=204)

    receiver = web.Application()
    receiver.router.add_post("/in", receive)
    url = (await aiohttp_server(receiver)).make_url("/in")
    file = tmp_path / "webhooks.toml"
    row = f'name = "crm"\nurl = "{url}"\nsecret = "{SECRET}"\nallow_private = true\n'
    file.write_text(f"[[webhook]]\n{row}")
    settings = Settings(notify=NotifySettings(webhooks=str(file)))
    app = application(settings, pipeline(settings, PAGES))
    return await aiohttp_client(app), app[NOTIFIER], got


async def test_a_late_card_is_posted(posts: tuple[TestClient, Notifier, Posts]) -> None:
    client, notifier, got = posts
    early = await ask(client, url=SHOE, channel="enhanced_whatsapp", wait_ms=0, notify="crm")
    assert early["status"] == "pending"
    await notifier.settle()
    ((headers, body),) = got
    lowered = {name.lower(): value for name, value in headers.items()}
    assert early["late_card"] == {"webhook": "crm", "id": lowered["webhook-id"]}
    late = json.loads(body)
    assert late.pop("type") == "preview.completed"
    assert late.pop("timestamp").endswith("Z")
    answer = await ask(client, url=SHOE, channel="enhanced_whatsapp")
    del answer["cache"], late["cache"]
    assert late == answer


async def test_what_is_posted_is_signed(posts: tuple[TestClient, Notifier, Posts]) -> None:
    client, notifier, got = posts
    await ask(client, url=SHOE, wait_ms=0, notify="crm")
    await notifier.settle()
    ((headers, body),) = got
    assert Webhook(SECRET).verify(body, headers)["status"] == "complete"


async def test_an_answer_in_time_is_not_posted(posts: tuple[TestClient, Notifier, Posts]) -> None:
    client, notifier, got = posts
    answers = [await ask(client, url=SHOE, notify="crm") for _ in range(2)]
    await notifier.settle()
    assert all("late_card" not in answer for answer in answers)
    assert got == []


async def test_a_card_that_many_wait_for_is_posted_once(
    posts: tuple[TestClient, Notifier, Posts], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, notifier, got = posts
    is_open = asyncio.Event()
    final = previews.final

    async def late(*given: Any) -> tuple[Sight, Offer]:
        await is_open.wait()
        return await final(*given)

    monkeypatch.setattr(previews, "final", late)
    url = FIRST_URLS["slow-origin"]
    asked: list[dict[str, Any]] = [
        {"channel": "generic"},
        {"channel": "generic"},
        {"channel": "standard_sms"},
        {"channel": "generic", "method": "card"},
    ]
    answers = [await ask(client, url=url, wait_ms=0, notify="crm", **each) for each in asked]
    ids = [answer["late_card"]["id"] for answer in answers]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert repr(notifier) == "<Notifier 3 cards promised>"
    await notifier.close(within_s=0)
    assert got == []


async def test_an_unknown_webhook_is_told_the_known_ones(
    posts: tuple[TestClient, Notifier, Posts],
) -> None:
    client, _, _ = posts
    response = await client.post("/preview", json={"url": SHOE, "notify": "erp"})
    problem = json.loads(await response.read())
    assert (response.status, problem["code"]) == (404, "unknown_webhook")
    assert "crm" in problem["detail"]


# — answers in the store behind —


@pytest.fixture
def start(aiohttp_client: AiohttpClient, tmp_path: Path) -> Any:
    """Start the service over one SQLite file, as it was left."""

    async def start(partners: Path | str = "", **fetch: Any) -> TestClient:
        settings = Settings(
            cache=CacheSettings(cache_url=f"sqlite:{tmp_path / 'cache.db'}"),
            channels=ChannelSettings(partners=str(partners)),
            fetch=FetchSettings(**fetch),
        )
        return await aiohttp_client(application(settings, pipeline(settings, PAGES)))

    return start


@pytest.fixture
def is_rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The channels of the answers that were rendered so far."""
    rendered = []
    encoded = previews.encoded

    def spy(asked: Any, *given: Any) -> Any:
        rendered.append(asked.ask.channel)
        return encoded(asked, *given)

    monkeypatch.setattr(previews, "encoded", spy)
    return rendered


async def test_an_answer_outlives_the_process_that_rendered_it(
    start: Any, is_rendered: list[str]
) -> None:
    made = {}
    for channel in ("generic", "enhanced_whatsapp"):
        client = await start()
        made[channel] = await ask(client, url=SHOE, channel=channel)
        await client.close()
    client = await start()
    for channel, before in made.items():
        response = await client.get("/preview", params={"url": SHOE, "channel": channel})
        assert response.headers["Cache-Status"].startswith("preview-service; hit; ttl=")
        assert response.headers["ETag"]
        after = await response.json()
        assert after.pop("cache")["state"] == "hit"
        del before["cache"]
        assert after == before
    assert is_rendered == ["generic", "enhanced_whatsapp"]


async def test_an_answer_goes_with_its_entry(start: Any, is_rendered: list[str]) -> None:
    client = await start()
    await ask(client, url=SHOE)
    response = await client.delete("/cache", params={"url": SHOE})
    assert await response.json() == {"purged": 1, "everywhere": True}
    assert (await ask(client, url=SHOE))["cache"]["state"] == "miss"
    assert (await ask(client, url=SHOE, refresh="true"))["cache"]["state"] == "bypass"
    await client.close()
    client = await start()
    assert (await ask(client, url=SHOE))["cache"]["state"] == "hit"
    assert is_rendered == ["generic"] * 4


async def test_an_explanation_is_rendered_each_time(start: Any, is_rendered: list[str]) -> None:
    client = await start()
    for _ in range(2):
        assert "explain" in await ask(client, url=SHOE, explain="true")
    assert "explain" not in await ask(client, url=SHOE)
    assert is_rendered == ["generic"] * 3
    await ask(await start(), url=SHOE)
    assert "explain" in await ask(await start(), url=SHOE, explain="true")


async def test_who_knows_other_partners_answers_by_itself(
    start: Any, tmp_path: Path, is_rendered: list[str]
) -> None:
    acme = '[[partner]]\nname = "acme"\nintegration_namespace = "ns"\nchannel_definition = "Ch"\n'
    text, link = (f'[[partner.formats]]\nformatType = "{each}"\n' for each in ("Text", "RichLink"))
    files = [tmp_path / "old.toml", tmp_path / "new.toml"]
    files[0].write_text(acme + text)
    files[1].write_text(acme + text + link)
    deliveries = [
        (await ask(await start(partners=each), url=SHOE, channel="byoc", partner="acme"))[
            "delivery"
        ]
        for each in (*files, files[0])
    ]
    assert deliveries == ["text", "card", "text"]
    assert is_rendered == ["byoc"] * 2


async def test_an_answer_is_kept_before_the_store_is_let_go(
    start: Any, shelved: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = SqliteStore.set

    async def late(store: SqliteStore, *given: Any) -> None:
        for _ in range(100):
            await asyncio.sleep(0)
        await keep(store, *given)

    monkeypatch.setattr(SqliteStore, "set", late)
    client = await start()
    await ask(client, url=SHOE)
    await client.close()
    assert shelved() == [SHOE]


async def test_what_this_node_may_not_ask_it_does_not_answer_for_another(start: Any) -> None:
    client = await start(allow_ports=(443, 8443), allow_networks=("192.0.2.0/24",))
    url = "https://192.0.2.1:8443/"
    assert (await ask(client, url=url))["reason"] == "unreachable"
    await client.close()
    client = await start()
    response = await client.get("/preview", params={"url": url})
    assert (response.status, (await response.json())["code"]) == (400, "bad_url")


@pytest.fixture
def shelved(tmp_path: Path) -> Any:
    """The keys of the entries with an answer beside them."""

    def shelved() -> list[str]:
        with contextlib.closing(sqlite3.connect(tmp_path / "cache.db")) as db:
            keys = [key for (key,) in db.execute("SELECT key FROM kept ORDER BY key")]
        return [key.partition("\x1f")[0] for key in keys if "\x1f" in key]

    return shelved


async def test_a_refresh_asks_the_page_whatever_is_kept(start: Any, is_rendered: list[str]) -> None:
    await ask(await start(), url=SHOE)
    assert (await ask(await start(), url=SHOE, refresh="true"))["cache"]["state"] == "bypass"
    assert is_rendered == ["generic"] * 2


async def test_each_language_has_its_answers(start: Any, is_rendered: list[str]) -> None:
    await ask(await start(), url=SHOE)
    client = await start()
    assert (await ask(client, url=SHOE, lang="de"))["cache"]["state"] == "miss"
    assert (await ask(client, url=SHOE, lang="en-GB"))["cache"]["state"] == "hit"
    assert is_rendered == ["generic"] * 2


async def test_an_answer_of_another_process_goes_when_its_entry_changes_here(
    start: Any, is_rendered: list[str]
) -> None:
    await ask(await start(), url=SHOE)
    client = await start()
    await ask(client, url=SHOE)
    assert is_rendered == ["generic"]
    await ask(client, url=SHOE, refresh="true")
    await ask(client, url=SHOE)
    assert is_rendered == ["generic"] * 3


async def test_an_answer_that_is_purged_on_its_way_is_not_kept(
    start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ask(await start(), url=SHOE)
    client = await start()
    find = previews._place

    async def late(app: web.Application, asked: Any) -> Any:
        place = await find(app, asked)
        await app[PURGER].purge(Purge(url=SHOE))
        return place

    monkeypatch.setattr(previews, "_place", late)
    assert (await ask(client, url=SHOE))["cache"]["state"] == "hit"
    monkeypatch.undo()
    assert (await ask(client, url=SHOE))["cache"]["state"] == "miss"


async def test_what_is_known_by_an_alias_is_rendered(start: Any, shelved: Any) -> None:
    moved, there = "https://wiki.example/en/Main?from=chat", "https://wiki.example/de/Start?lang=de"
    client = await start()
    answer = await ask(client, url=moved)
    await client.close()
    assert shelved() == [moved]
    assert answer["preview"]["url"] == there
    client = await start()
    assert (await ask(client, url=there))["cache"]["state"] == "hit"
    await client.close()
    assert shelved() == [moved]


@pytest.mark.parametrize("channel", ["enhanced_apple", "all"])
async def test_what_holds_a_picture_is_rendered(start: Any, shelved: Any, channel: str) -> None:
    client = await start()
    await ask(client, url=FIRST_URLS["title-only"], channel=channel)
    await client.close()
    assert shelved() == []


async def test_what_is_early_is_rendered(
    start: Any, shelved: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "is_early", lambda _: True)
    client = await start()
    await ask(client, url=SHOE)
    await client.close()
    assert shelved() == []


def test_answers_with_addresses_of_our_own_are_not_shared(tmp_path: Path) -> None:
    cache = CacheSettings(cache_url=f"sqlite:{tmp_path / 'cache.db'}")
    pictures = PictureSettings(public_url="https://previews.example")

    def shelf(settings: Settings) -> Shelf | None:
        return application(settings, pipeline(settings, PAGES))[SHELF]

    assert shelf(Settings(cache=cache)) is not None
    assert shelf(Settings(cache=cache, pictures=pictures)) is None
    assert shelf(Settings()) is None


async def test_the_way_to_the_store_is_part_of_the_wait(
    start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await start()
    look, waits = previews.look, []
    ticks = iter([10.0, 10.3, 10.4, 10.4, 10.4])

    async def spy(app: web.Application, asked: Any, **given: Any) -> Sight:
        waits.append(given["wait_s"])
        return await look(app, asked, **given)

    monkeypatch.setattr(previews, "look", spy)
    monkeypatch.setattr(
        previews, "time", SimpleNamespace(time=time.time, perf_counter=lambda: next(ticks))
    )
    response = await client.get("/preview", params={"url": SHOE, "wait_ms": "500"})
    assert waits == [pytest.approx(0.2)]
    assert response.headers["Server-Timing"].startswith("look;dur=400.0")


async def test_a_page_that_is_new_is_asked_of_the_store_no_more_than_it_must(
    start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []
    get_all = SqliteStore.get_all

    async def spy(store: SqliteStore, *keys: str) -> list[bytes | None]:
        asked.append(keys)
        return await get_all(store, *keys)

    monkeypatch.setattr(SqliteStore, "get_all", spy)
    await ask(await start(), url=FIRST_URLS["title-only"])
    # Once for it and its answer, and once more in turn with the other nodes.
    assert [len(keys) for keys in asked] == [2, 1]
