"""Addresses of pictures: good for whoever has one until they end; made up or changed they are nothing."""

import base64
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from openai import OpenAI

from limner.core.secret import Secret
from limner.sandbox.server import RunningSandbox
from limner.server.guard import refusal_of
from limner.server.views import RunOut
from limner.settings import Settings
from tests.server.conftest import settings_for
from tests.server.test_run import STREAM, events
from tests.support.clock import SkippingClock
from tests.support.databases import sqlite_database
from tests.support.gateway import Live, running_gateway

PLUM = {"operation": "generate", "model": "limner/sketch", "prompt": "a plum", "size": "32x32", "seed": 3}
ICON = {"operation": "generate", "model": "limner/icon", "prompt": "a plum", "format": "svg"}


@pytest.fixture
def settings(sandbox: RunningSandbox, tmp_path: Path) -> Settings:
    return settings_for(sandbox).model_copy(update={"store": sqlite_database(tmp_path / "store")})


@pytest.fixture
def clock() -> SkippingClock:
    return SkippingClock(patient=True)


@pytest.fixture
def keeping(settings: Settings, clock: SkippingClock) -> Iterator[Live]:
    """A gateway that remembers."""
    with running_gateway(settings, clock=clock) as live:
        yield live


@pytest.fixture
def kept(keeping: Live) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=keeping.root, timeout=60) as client:
        yield client


def linked(client: httpx2.Client, body: dict[str, Any] = PLUM) -> dict[str, Any]:
    """The only picture of an answer."""
    answer = client.post("/api/v1/run", json={**body, "response": "url"})
    assert answer.status_code == 200, answer.text
    RunOut.model_validate(answer.json())
    [image] = answer.json()["images"]
    return image


@pytest.mark.row("C6")
def test_an_address_leads_to_the_very_bytes(kept: httpx2.Client):
    image = linked(kept)
    assert "b64_json" not in image
    whole = kept.post("/api/v1/run", json=PLUM).json()["images"][0]
    assert (image["measured"], whole.get("url")) == (whole["measured"], None)
    seen = httpx2.get(image["url"])
    assert seen.content == base64.b64decode(whole["b64_json"])
    assert seen.headers["content-type"] == "image/png"
    assert seen.headers["content-disposition"].startswith("inline")
    assert seen.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in seen.headers["content-security-policy"]
    assert seen.headers["cross-origin-resource-policy"] == "cross-origin"


@pytest.mark.row("F2")
def test_openais_client_gets_addresses_when_it_asks_for_them(keeping: Live):
    client = OpenAI(api_key="x", base_url=f"{keeping.root}/v1", max_retries=0)
    answer: Any = client.images.generate(
        model="limner/sketch", prompt="a plum", size="64x64", n=2, response_format="url"
    )
    assert [one.b64_json for one in answer.data] == [None, None]
    assert all(httpx2.get(one.url).content.startswith(b"\x89PNG") for one in answer.data)
    assert "response_format" not in [note["field"] for note in answer.model_extra["limner"]["notes"]]


def test_a_stream_and_a_resumed_run_tell_addresses_too(kept: httpx2.Client):
    told = events(kept.post("/api/v1/run", json={**PLUM, "response": "url"}, headers=STREAM))
    result = told[-1][1]
    assert httpx2.get(result["images"][0]["url"]).status_code == 200
    again = kept.post(f"/api/v1/runs/{result['id']}/resume", params={"response": "url"}).json()
    assert httpx2.get(again["images"][0]["url"]).status_code == 200


def test_a_drawing_is_never_shown_as_a_page_of_ours(kept: httpx2.Client):
    seen = httpx2.get(linked(kept, ICON)["url"])
    assert seen.headers["content-type"].startswith("image/svg+xml")
    assert seen.headers["content-disposition"].startswith("attachment")


def test_it_ends(kept: httpx2.Client, clock: SkippingClock):
    before = clock.now()
    image = linked(kept)
    life = (datetime.fromisoformat(image["url_expires_at"]) - before).total_seconds()
    assert 3600 <= life < 4200
    clock.skip(4200)
    over = httpx2.get(image["url"])
    assert (over.status_code, over.json()["code"]) == (403, "expired_link")


@pytest.mark.row("E12")
@pytest.mark.parametrize("change", ["tenant", "digest", "expires", "signature", "path"])
def test_a_changed_one_leads_nowhere(kept: httpx2.Client, change: str):
    parts = urlsplit(linked(kept)["url"])
    _, head, tenant, digest = parts.path.split("/")
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    match change:
        case "tenant":
            tenant = "acme"
        case "digest":
            digest = "0" * 64
        case "path":
            tenant, digest = "..", "limner.key"
        case _:
            query[change] = str(int(query["expires"]) + 1) if change == "expires" else "A" * 43
    answer = kept.get(f"/{head}/{tenant}/{digest}?{urlencode(query)}")
    assert answer.status_code in {403, 404}
    assert answer.json()["code"] in {"invalid_link", "not_found"}


def test_a_picture_that_is_gone(kept: httpx2.Client, tmp_path: Path):
    url = linked(kept)["url"]
    [path] = tmp_path.rglob(urlsplit(url).path.rpartition("/")[2])
    path.unlink()
    answer = httpx2.get(url)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_where_nothing_is_kept_the_bytes_come_with_a_note(http: httpx2.Client):
    answer = http.post("/api/v1/run", json={**PLUM, "response": "url"}).json()
    assert answer["images"][0]["b64_json"]
    [note] = [note for note in answer["notes"] if note["field"] == "response"]
    assert (note["asked"], note["used"]) == ("url", "b64_json")
    missing = http.get("/links/local/" + "0" * 64, params={"expires": 1, "signature": "x"})
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


def test_servers_of_one_store_know_each_others_links(settings: Settings, sandbox: RunningSandbox):
    shared = settings.model_copy(update={"link_key": Secret("k" * 32), "public_url": "https://img.example/"})
    with running_gateway(shared) as live, httpx2.Client(base_url=live.root, timeout=60) as client:
        url = linked(client)["url"]
    assert url.startswith("https://img.example/links/local/")
    with running_gateway(shared) as live:
        assert httpx2.get(url.replace("https://img.example", live.root)).status_code == 200
    other = shared.model_copy(update={"link_key": Secret("K" * 32)})
    with running_gateway(other) as live:
        assert httpx2.get(url.replace("https://img.example", live.root)).status_code == 403


def test_pages_of_other_programs_may_show_one_but_no_other_host_may_name_it():
    elsewhere = {"host": ["127.0.0.1:8000"], "origin": ["http://localhost:3000"]}
    assert refusal_of(elsewhere) is not None
    assert refusal_of(elsewhere, linked=True) is None
    rebound = refusal_of({"host": ["evil.example"]}, linked=True)
    assert rebound is not None
    assert rebound.code == "foreign_host"
