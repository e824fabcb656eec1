"""Row C11 over real processes: what one meets, the next one and a gateway that runs beside it know."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.support.databases import database
from tests.support.gateway import running_gateway

PRIMARY = "openai/gpt-image-2.5-flare"
LIMNER = Path(sys.executable).with_name("limner")
MOST_LOOKS = 2000
BODY = {"operation": "generate", "model": PRIMARY, "prompt": "a pear"}
RESTED = {"CIRCUIT_BREAKER_TIMEOUT_MS": "1"}
"""The recovery time of a process that finds every open breaker half-open."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


class Shell:
    """Runs `limner generate`, a process each time, over one store."""

    def __init__(self, sandbox: RunningSandbox, store: str, folder: Path) -> None:
        self.environ = {
            "OPENAI_API_KEY": sandbox.key("openai"),
            "OPENAI_BASE_URL": sandbox.url("openai"),
            "STABILITY_API_KEY": sandbox.key("stability"),
            "STABILITY_BASE_URL": sandbox.url("stability"),
        }
        self._store = {"LIMNER_STORE": store, "LIMNER_BLOBS": str(folder / "blobs")}
        self._folder, self._sandbox = folder, sandbox

    def generate(self, **environ: str) -> dict[str, Any]:
        """Its JSON line, and how many calls it made to OpenAI."""
        before = self._sandbox.requests.count("openai", "POST *")
        words = ["generate", "a pear", "--model", PRIMARY, "--json", "--no-show"]
        done = subprocess.run(
            [LIMNER, *words],
            env={"PATH": os.environ["PATH"], **self._store, **self.environ, **environ},
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=True,
        )
        calls = self._sandbox.requests.count("openai", "POST *") - before
        return {**json.loads(done.stdout), "calls": calls}


@pytest.mark.row("C11")
@pytest.mark.row("C3")
def test_processes_that_come_and_go_share_one_breaker(sandbox: RunningSandbox, tmp_path: Path):
    with database("sqlite", tmp_path) as store:
        shell = Shell(sandbox, store, tmp_path)
        settings = Settings(environ=shell.environ, store=store, blobs=str(tmp_path / "blobs"))
        with running_gateway(settings) as live, httpx2.Client(base_url=live.root) as http:
            assert state(http) == "closed"
            assert shell.generate()["model"] == PRIMARY

            # Down: five failures in two processes, each of which goes on elsewhere.
            sandbox.faults.plan(Fault(FaultKind.STATUS, provider="openai", status=500, times=None))
            first, second, third = (shell.generate() for _ in range(3))
            assert [each["provider"] for each in (first, second, third)] == ["stability"] * 3
            assert all(each["fallback_used"] for each in (first, second, third))
            # The third process, new like the others, does not touch it; the gateway knows too.
            assert [each["calls"] for each in (first, second, third)] == [3, 2, 0]
            assert comes_to(http, "open")
            assert http.post("/api/v1/run", json=BODY).json()["provider"] == "stability"
            assert sandbox.requests.count("openai", "POST *") == 6

        # A restart changes nothing: the new gateway's first look finds it open, and its run goes elsewhere.
        with running_gateway(settings) as live, httpx2.Client(base_url=live.root) as http:
            assert state(http) == "open"
            assert http.post("/api/v1/run", json=BODY).json()["provider"] == "stability"
            assert sandbox.requests.count("openai", "POST *") == 6

            # Half-open for a process whose recovery time is over, before each of its tries: every one is a
            # trial that fails and opens it again. For the next process, with the usual time, it is open.
            tried, after = shell.generate(**RESTED), shell.generate()
            assert [each["provider"] for each in (tried, after)] == ["stability"] * 2
            assert [each["calls"] for each in (tried, after)] == [3, 0]
            assert comes_to(http, "open")

            # It recovers: the next trial closes it for all.
            sandbox.faults.clear()
            assert (shell.generate(**RESTED)["model"], comes_to(http, "closed")) == (PRIMARY, True)
            assert http.post("/api/v1/run", json=BODY).json()["model"] == PRIMARY


def state(http: httpx2.Client) -> str:
    """How the gateway says that OpenAI's breaker stands."""
    found = http.get("/health-check/image-providers?provider=openai").json()
    return found["openai"]["layers"]["breaker"]["state"]


def comes_to(http: httpx2.Client, wanted: str) -> bool:
    return any(state(http) == wanted for _ in range(MOST_LOOKS))
