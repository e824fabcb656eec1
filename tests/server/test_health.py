"""How providers stand, seen from outside: the health check, the list of providers, figures, log lines."""

import json
from collections.abc import Iterator

import httpx2
import pytest
import structlog

from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.support.clock import SkippingClock
from tests.support.gateway import Live, running_gateway

PRIMARY = "openai/gpt-image-2.5-flare"
BODY = {"operation": "generate", "model": PRIMARY, "prompt": "a pear in secret words"}


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.reset()
    return running


@pytest.fixture
def live(sandbox: RunningSandbox) -> Iterator[Live]:
    environ = {
        "OPENAI_API_KEY": "sk-sandbox",
        "OPENAI_BASE_URL": sandbox.url("openai"),
        "STABILITY_API_KEY": sandbox.key("stability"),
        "STABILITY_BASE_URL": sandbox.url("stability"),
        "ENABLE_IMAGE_GENERATION_FAL": "false",
    }
    with running_gateway(Settings(environ=environ), clock=SkippingClock()) as live:
        yield live


@pytest.fixture
def http(live: Live) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=live.root, timeout=60) as http:
        yield http


def fail(sandbox: RunningSandbox) -> None:
    sandbox.faults.plan(Fault(FaultKind.STATUS, provider="openai", route="POST *", status=500, times=None))


def check(http: httpx2.Client, *providers: str) -> dict[str, dict]:
    query = {"provider": list(providers)}
    return http.get("/health-check/image-providers", params=query).json()


@pytest.mark.row("C7")
@pytest.mark.row("C2")
def test_the_health_check_has_exactly_the_names_that_programs_know(http: httpx2.Client):
    found = check(http)
    assert {"openai", "stability", "fal", "azure", "limner"} <= found.keys()
    for standing in found.values():
        assert standing.keys() == {"available", "reason", "layers", "successRate", "checkedAt"}
        assert {"key", "flag", "breaker"} <= standing["layers"].keys()
        assert standing["layers"]["breaker"].keys() == {"state", "failures", "retryAt"}
        assert standing["available"] == (standing["reason"] is None)
    assert found["openai"]["available"]
    assert found["openai"]["layers"] == {
        "key": True,
        "flag": True,
        "breaker": {"state": "closed", "failures": 0, "retryAt": None},
        "operations": {},
    }
    assert (found["azure"]["layers"]["key"], found["azure"]["layers"]["flag"]) == (False, True)
    assert found["fal"]["layers"]["flag"] is False


@pytest.mark.row("C7")
@pytest.mark.row("C11")
def test_a_breaker_that_opens_is_seen_everywhere_and_the_answer_names_the_substitute(
    http: httpx2.Client, sandbox: RunningSandbox
):
    fail(sandbox)
    for _ in range(2):
        answer = http.post("/api/v1/run", json=BODY).json()
        assert (answer["provider"], answer["fallback_used"]) == ("stability", True)
        (note,) = [note for note in answer["notes"] if note["kind"] == "fallback"]
        assert (note["asked"], note["used"]) == (PRIMARY, answer["model"])
    found = check(http, "openai", "stability")
    assert list(found) == ["openai", "stability"]
    openai = found["openai"]
    assert not openai["available"]
    assert "tried again at" in openai["reason"]
    assert (openai["layers"]["breaker"]["state"], openai["layers"]["breaker"]["failures"]) == ("open", 5)
    assert openai["layers"]["breaker"]["retryAt"]
    assert (openai["successRate"], found["stability"]["successRate"]) == (0.0, 1.0)
    listed = {each["slug"]: each for each in http.get("/api/v1/providers").json()}
    assert (listed["openai"]["available"], listed["openai"]["layer"]) == (False, "breaker")
    assert listed["openai"]["breaker"]["state"] == "open"
    assert listed["openai"]["unavailable_because"] == openai["reason"]
    # Without leave to go elsewhere it says so, and when to come back.
    alone = http.post("/api/v1/run", json={**BODY, "allow_fallback": False})
    assert (alone.status_code, alone.json()["code"], alone.json()["billed"]) == (503, "breaker_open", "no")
    assert int(alone.headers["retry-after"]) > 0


def test_a_provider_that_is_none(http: httpx2.Client):
    answer = http.get("/health-check/image-providers?provider=opena")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_fallback_is_told_while_it_happens(http: httpx2.Client, sandbox: RunningSandbox):
    fail(sandbox)
    told = http.post("/api/v1/run", json=BODY, headers={"accept": "text/event-stream"}).text
    names = [line.removeprefix("event: ") for line in told.splitlines() if line.startswith("event: ")]
    assert names.count("fallback") == 1
    assert names.index("fallback") < names.index("result")
    data = told.split("event: fallback\ndata: ")[1].splitlines()[0]
    assert json.loads(data)["instead_of"] == PRIMARY


@pytest.mark.row("C12")
def test_figures_and_log_lines_tell_what_happened_and_no_secret(
    http: httpx2.Client, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
):
    fail(sandbox)
    with structlog.testing.capture_logs() as lines:
        for _ in range(2):
            http.post("/api/v1/run", json=BODY)
    figures = http.get("/metrics")
    assert figures.headers["content-type"].startswith("text/plain")
    series = dict(line.rsplit(" ", 1) for line in figures.text.splitlines() if not line.startswith("#"))

    def value(name: str, **labels: str) -> float:
        text = ",".join(f'{label}="{labels[label]}"' for label in sorted(labels))
        return float(series[f"{name}{{{text}}}"])

    openai = {"provider": "openai", "operation": "generate"}
    stability = {"provider": "stability", "operation": "generate"}
    assert value("limner_calls_total", **openai, outcome="provider_unavailable") == 5
    assert value("limner_calls_total", **stability, outcome="delivered") == 2
    assert value("limner_call_seconds_count", **stability) == 2
    assert value("limner_images_total", **stability) == 2
    assert (
        value("limner_cost_usd_total", **stability) == float(sandbox.bill.total("stability", "credits")) / 100
    )
    fallbacks = value(
        "limner_fallbacks_total", from_provider="openai", to_provider="stability", operation="generate"
    )
    assert fallbacks == 2
    assert (
        value("limner_breaker_state", **openai)
        == value("limner_breaker_state", provider="openai", operation="")
        == 2
    )
    requests = [line for line in lines if line["event"] == "request"]
    assert len(requests) == 2
    second = requests[1]
    assert (second["provider"], second["fallback"], second["availability"]) == (
        "stability",
        True,
        "available",
    )
    assert [line["after"] for line in lines if line["event"] == "breaker"] == ["open", "open"]
    everything = figures.text + json.dumps(lines, default=str)
    assert "secret words" not in everything
    assert "sk-sandbox" not in everything
