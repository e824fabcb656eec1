"""A gateway on a real socket, with OpenAI emulated behind it."""

from collections.abc import Iterator

import httpx2
import pytest

from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.support.clock import SkippingClock
from tests.support.gateway import Live, running_gateway


def settings_for(sandbox: RunningSandbox, key: str = "sk-sandbox") -> Settings:
    """One gateway serves many tests, and what some let fail must not open the breaker before others."""
    environ = {"OPENAI_API_KEY": key, "OPENAI_BASE_URL": sandbox.url("openai")}
    return Settings(environ=environ, circuit_breaker_failure_threshold=1000)


@pytest.fixture(scope="session")
def emulated() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(emulated: RunningSandbox) -> RunningSandbox:
    emulated.reset()
    return emulated


@pytest.fixture(scope="session")
def live(emulated: RunningSandbox) -> Iterator[Live]:
    with running_gateway(settings_for(emulated), clock=SkippingClock()) as gateway:
        yield gateway


@pytest.fixture
def http(live: Live) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=live.root, timeout=60) as client:
        yield client
