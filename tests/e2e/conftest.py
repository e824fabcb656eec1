"""A real Chromium before a real server. Skipped, with the reason, where one of them is missing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.server.studio import STATIC
from tests.server.conftest import settings_for
from tests.support.gateway import Live, running_gateway

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")  # while Playwright runs, no other test may have an event loop
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("no browser at /usr/bin/chromium (on Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


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
    if not (STATIC / "index.html").is_file():
        pytest.skip("the studio is not built (make web)")
    with running_gateway(settings_for(emulated)) as gateway:
        yield gateway


@pytest.fixture
def options() -> dict[str, object]:
    """What a test's browser is like; a test overrides it by parametrising `options`."""
    return {}


@pytest.fixture
def page(browser: Browser, live: Live, sandbox: RunningSandbox, options: dict[str, object]) -> Iterator[Page]:
    """The studio, opened. A test fails when the page throws or its console has an error."""
    settings = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", "accept_downloads": True}
    context = browser.new_context(**{**settings, **options})  # pyright: ignore[reportArgumentType]
    page = context.new_page()
    faults: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            faults.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(live.root)
    page.locator("[data-cert]").first.wait_for()  # the first price: the models are there too
    yield page
    context.close()
    assert not faults
