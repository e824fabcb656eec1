"""The bill, the admin API and the server itself."""

import signal
import subprocess
import sys
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from limner.core.errors import UserError
from limner.sandbox.bill import Bill
from limner.sandbox.server import RunningSandbox, describe, require_loopback, running_sandbox, serve
from tests.sandbox.conftest import TODAY, StillClock


def paint(sandbox: RunningSandbox, **body: Any) -> httpx2.Response:
    values = {"model": "gpt-image-2", "prompt": "a kite", "quality": "low"} | body
    headers = {"authorization": "Bearer sk-test"}
    return httpx2.post(sandbox.url("openai") + "/images/generations", json=values, headers=headers)


def test_the_bill_over_http(sandbox: RunningSandbox):
    paint(sandbox, n=2)
    paint(sandbox, n=99)
    bill = httpx2.get(sandbox.url("_sandbox", "/bill")).json()
    [charge] = bill["charges"]
    assert charge == {
        "id": sandbox.bill.charges()[0].id,
        "provider": "openai",
        "model": "gpt-image-2",
        "operation": "generations",
        "images": 2,
        "amount": "0.01201",
        "unit": "USD",
        "time": "2026-11-21T12:00:00+00:00",
        "billed": True,
        "delivered": True,
    }
    assert bill["totals"] == {"USD": "0.01201"}
    assert httpx2.get(sandbox.url("_sandbox", "/bill?provider=azure")).json()["charges"] == []
    requests = httpx2.get(sandbox.url("_sandbox", "/requests")).json()
    assert requests == {"openai": {"POST /v1/images/generations": 2}}


def test_faults_over_http(sandbox: RunningSandbox):
    url = sandbox.url("_sandbox", "/faults")
    made = httpx2.post(url, json={"kind": "status", "provider": "openai", "status": 500})
    assert made.status_code == 201
    assert paint(sandbox).status_code == 500
    assert [plan["struck"] for plan in httpx2.get(url).json()] == [1]
    assert httpx2.post(url, json=[{"kind": "latency"}, {"kind": "latency"}]).status_code == 201
    assert httpx2.delete(url).status_code == 204
    assert httpx2.get(url).json() == []
    for wrong in ({"kind": "flood"}, ["x"], 5):
        assert httpx2.post(url, json=wrong).status_code == 400
    assert httpx2.post(url, content=b"{").status_code == 400


def test_reset_over_http(sandbox: RunningSandbox):
    paint(sandbox)
    httpx2.post(sandbox.url("_sandbox", "/faults"), json={"kind": "status"})
    assert httpx2.post(sandbox.url("_sandbox", "/reset")).status_code == 204
    assert sandbox.bill.charges() == ()
    assert sandbox.requests.counts() == {}
    assert paint(sandbox).status_code == 200


def test_what_is_where(sandbox: RunningSandbox):
    index = httpx2.get(sandbox.url("_sandbox", "/")).json()
    assert index["openai"]["base_url"] == sandbox.url("openai")
    assert index["azure"]["base_url"] == sandbox.url("azure")
    assert all(entry["sources"] for entry in index.values())
    assert sandbox.url("openai") in describe(sandbox.root)
    assert index["stability"]["key"] == sandbox.key("stability") == "sk-sandbox"
    assert httpx2.get(sandbox.root + "/nobody").status_code == 404


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.com", ""])  # noqa: S104 - refused
def test_it_stays_on_this_machine(host: str):
    with pytest.raises(UserError, match="does not listen"):
        require_loopback(host)
    with pytest.raises(UserError):
        serve(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback_is_fine(host: str):
    require_loopback(host)


def test_a_taken_port_is_said(sandbox: RunningSandbox):
    port = int(sandbox.root.rpartition(":")[2])
    with pytest.raises(RuntimeError, match="could not listen"), running_sandbox(port=port):
        pass


def test_two_sandboxes_share_nothing(sandbox: RunningSandbox):
    with running_sandbox(StillClock(TODAY)) as other:
        assert paint(other).status_code == 200
        assert sandbox.bill.charges() == ()
        assert len(other.bill.charges()) == 1
    with pytest.raises(httpx2.ConnectError):
        paint(other)


def test_serve_announces_itself_and_stops_when_interrupted():
    command = [sys.executable, "-c", "from limner.sandbox.server import serve; serve(port=0)"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        said = ""
        while "GET  " not in said:
            said += process.stdout.readline()
        root = said.rpartition("GET  ")[2].partition("/_sandbox")[0]
        assert f"{root}/openai/v1" in said
        assert httpx2.get(f"{root}/_sandbox/requests").json() == {}
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_a_bill_adds_up_exactly():
    bill = Bill(StillClock(TODAY))
    for amount in ("0.1", "0.2", "0"):
        bill.add("openai", "m", "generations", images=1, amount=Decimal(amount), unit="USD")
    credit = bill.add("stability", "core", "generate", images=1, amount=Decimal(3), unit="credits")
    assert bill.total() == Decimal("0.3")
    assert bill.totals() == {"USD": Decimal("0.3"), "credits": Decimal(3)}
    assert [charge.billed for charge in bill.charges()] == [True, True, False, True]
    bill.give_back([credit.id, "gone"])
    assert bill.totals() == {"USD": Decimal("0.3")}
