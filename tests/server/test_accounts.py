"""Over HTTP: runs, usage and budgets, and deciding what a lost answer cost."""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox
from limner.server.accounts import BudgetOut, RunsOut, RunStoryOut, UsageLineOut
from limner.server.views import RunOut
from tests.server.conftest import settings_for
from tests.server.test_run import STREAM, events
from tests.support.clock import SkippingClock
from tests.support.databases import sqlite_database
from tests.support.gateway import running_gateway

FLARE = "openai/gpt-image-2.5-flare"
KITE = {"operation": "generate", "model": FLARE, "prompt": "a kite", "quality": "draft"}
FREE = {"operation": "generate", "model": "limner/sketch", "prompt": "a plum", "size": "32x32"}


@pytest.fixture
def books(sandbox: RunningSandbox, tmp_path: Path) -> Iterator[httpx2.Client]:
    """A gateway that remembers."""
    settings = settings_for(sandbox).model_copy(update={"store": sqlite_database(tmp_path / "store")})
    with (
        running_gateway(settings, clock=SkippingClock(patient=True)) as live,
        httpx2.Client(base_url=f"{live.root}/api/v1", timeout=60) as client,
    ):
        yield client


def run(client: httpx2.Client, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    answer = client.post("/run", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def lost(client: httpx2.Client, sandbox: RunningSandbox, **headers: str) -> tuple[str, str]:
    """A run whose answer was lost after it was billed, and the call nobody knows of."""
    sandbox.faults.plan(Fault(FaultKind.RESET_AFTER_BILLED, provider="openai", route="POST /v1/images/*"))
    answer = client.post("/run", json=KITE, headers=headers)
    assert (answer.status_code, answer.json()["billed"]) == (502, "unknown")
    [line] = RunsOut.model_validate(client.get("/runs", params={"state": "unknown"}).json()).runs
    [call] = line.unknown
    return line.id, call


@pytest.mark.row("D3")
def test_runs_are_listed_a_page_at_a_time(books: httpx2.Client):
    assert books.get("/runs").json() == {"runs": [], "next": None}
    made = [run(books, FREE)["id"] for _ in range(3)]
    paid = run(books, KITE)
    first = RunsOut.model_validate(books.get("/runs", params={"limit": 2}).json())
    assert [line.id for line in first.runs] == [paid["id"], made[2]]
    assert first.runs[0].usd == paid["cost"]["usd"]
    second = RunsOut.model_validate(books.get("/runs", params={"limit": 2, "before": first.next}).json())
    assert [line.id for line in second.runs] == [made[1], made[0]]
    last = books.get("/runs", params={"limit": 2, "before": second.next}).json()
    assert last == {"runs": [], "next": None}
    of_model = RunsOut.model_validate(books.get("/runs", params={"model": FLARE}).json())
    assert [line.id for line in of_model.runs] == [paid["id"]]
    assert books.get("/runs", params={"until": "2000-01-01"}).json()["runs"] == []


@pytest.mark.row("D3")
def test_a_run_tells_who_asked_for_what_and_what_it_cost(books: httpx2.Client):
    paid = run(books, KITE, **{"idempotency-key": "k"})
    story = RunStoryOut.model_validate(books.get(f"/runs/{paid['id']}").json())
    assert (story.operation, story.model, story.prompt) == ("generate", FLARE, "a kite")
    assert (story.owner, story.state, story.idempotent) == ("tenant:local", "finished", True)
    [call] = story.calls
    assert (call.state, call.entry, call.usd) == ("kept", "charged", paid["cost"]["usd"])
    assert call.request_id == paid["attempts"][0]["request_id"]


@pytest.mark.row("C12")
def test_what_nobody_knows_is_decided_by_a_person(books: httpx2.Client, sandbox: RunningSandbox):
    identity, call = lost(books, sandbox)
    [before] = books.get("/usage").json()
    assert Decimal(before["unknown_usd"]) >= sandbox.bill.total("openai") > 0
    billed = str(sandbox.bill.total("openai"))
    answer = books.post(f"/runs/{identity}/calls/{call}/resolve", json={"usd": billed})
    story = RunStoryOut.model_validate(answer.json())
    assert story.unknown == []
    assert story.error is not None
    assert story.error.billed == "yes"
    [after] = books.get("/usage").json()
    assert (Decimal(after["usd"]), after["unknown_usd"]) == (Decimal(billed), "0")
    again = books.post(f"/runs/{identity}/calls/{call}/resolve", json={"usd": "0"})
    assert (again.status_code, again.json()["code"]) == (404, "unknown_attempt")


def test_one_that_was_not_billed_gives_its_key_free(books: httpx2.Client, sandbox: RunningSandbox):
    identity, call = lost(books, sandbox, **{"idempotency-key": "once"})
    still = books.post("/run", json=KITE, headers={"idempotency-key": "once"})
    assert (still.status_code, still.json()["billed"]) == (502, "unknown")
    assert sandbox.requests.count("openai") == 1
    books.post(f"/runs/{identity}/calls/{call}/resolve", json={"usd": "0"})
    assert run(books, KITE, **{"idempotency-key": "once"})["id"] != identity


def test_a_call_of_another_run_is_not_decided(books: httpx2.Client, sandbox: RunningSandbox):
    other = run(books, FREE)["id"]
    _, call = lost(books, sandbox)
    answer = books.post(f"/runs/{other}/calls/{call}/resolve", json={"usd": "0"})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_attempt")
    assert books.get("/runs", params={"state": "unknown"}).json()["runs"]


@pytest.mark.row("P2")
def test_a_run_is_carried_on(books: httpx2.Client, sandbox: RunningSandbox):
    made = run(books, KITE)
    again = RunOut.model_validate(books.post(f"/runs/{made['id']}/resume").json())
    assert again.images[0].b64_json == made["images"][0]["b64_json"]
    told = events(books.post(f"/runs/{made['id']}/resume", headers=STREAM))
    assert [name for name, _ in told] == ["result"]
    assert len(sandbox.bill.charges("openai")) == 1
    missing = books.post("/runs/run_none/resume")
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown_run")
    assert books.get("/runs/run_none").status_code == 404


@pytest.mark.row("E4")
def test_usage_as_json_and_as_csv(books: httpx2.Client):
    paid = run(books, KITE)
    run(books, FREE)
    lines = [
        UsageLineOut.model_validate(line)
        for line in books.get("/usage", params={"by": ["provider", "model"]}).json()
    ]
    assert [tuple(line.group.values()) for line in lines] == [("limner", "limner/sketch"), ("openai", FLARE)]
    assert [line.usd for line in lines] == ["0", paid["cost"]["usd"]]
    answer = books.get("/usage", params={"by": ["day", "operation", "owner"], "format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="usage.csv"'
    [row] = csv.DictReader(io.StringIO(answer.text))
    assert (row["operation"], row["owner"], row["calls"]) == ("generate", "tenant:local", "2")
    assert Decimal(row["usd"]) == Decimal(paid["cost"]["usd"])


@pytest.mark.row("C12")
def test_a_budget_refuses_and_says_what_is_used(books: httpx2.Client, sandbox: RunningSandbox):
    set_ = books.put("/budgets/tenant:local/day", json={"usd": "0.0001"})
    assert BudgetOut.model_validate(set_.json()).usd == "0.0001"
    refused = books.post("/run", json=KITE)
    assert (refused.status_code, refused.json()["code"]) == (402, "over_budget")
    dialect = books.post("/../../v1/images/generations", json={"model": FLARE, "prompt": "a kite"})
    assert (dialect.status_code, dialect.json()["error"]["code"]) == (429, "insufficient_quota")
    assert sandbox.requests.count("openai") == 0
    assert run(books, FREE)["cost"]["usd"] == "0"  # what is free needs no budget

    books.put("/budgets/tenant:local/day", json={"usd": "1.50", "images": 10})
    paid = run(books, KITE)
    [shown] = [BudgetOut.model_validate(each) for each in books.get("/budgets").json()]
    assert (shown.owner, shown.period, shown.usd, shown.images) == ("tenant:local", "day", "1.50", 10)
    assert (Decimal(shown.used_usd), shown.used_images) == (Decimal(paid["cost"]["usd"]), 2)
    assert books.delete("/budgets/tenant:local/day").status_code == 204
    gone = books.delete("/budgets/tenant:local/day")
    assert (gone.status_code, gone.json()["code"]) == (404, "unknown_budget")
    assert books.get("/budgets", params={"owner": "tenant:local"}).json() == []


def test_owners_are_whatever_they_are_called(books: httpx2.Client):
    owner = "space:marketing/2026 å"
    assert books.put(f"/budgets/{owner}/total", json={"images": 3}).json()["owner"] == owner
    assert books.delete(f"/budgets/{owner}/total").status_code == 204


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("GET", "/runs?state=done", None, "state"),
        ("GET", "/runs?limit=0", None, "limit"),
        ("GET", "/runs?since=yesterday", None, "since"),
        ("GET", "/usage?by=colour", None, "by.0"),
        ("GET", "/usage?format=xml", None, "format"),
        ("PUT", "/budgets/tenant:local/week", {"usd": "1"}, "period"),
        ("PUT", "/budgets/tenant:local/day", {}, "budget"),
        ("PUT", "/budgets/tenant:local/day", {"usd": "much"}, "usd"),
        ("PUT", "/budgets/tenant:local/day", {"usd": "NaN"}, "usd"),
        ("PUT", "/budgets/tenant:local/day", {"usd": "-1"}, "budget"),
        ("PUT", "/budgets/tenant:local/day", {"euro": "1"}, "euro"),
    ],
)
def test_what_makes_no_sense_is_named(
    books: httpx2.Client, method: str, path: str, body: dict[str, Any] | None, field: str
):
    answer = books.request(method, path, json=body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["field"] == field


@pytest.mark.parametrize("path", ["/api/v1/runs", "/api/v1/usage", "/api/v1/budgets"])
def test_where_nothing_is_remembered_that_is_said(http: httpx2.Client, path: str):
    answer = http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (501, "no_store")
    assert "LIMNER_STORE" in answer.json()["remedy"]
