"""A planted key, a planted password and a planted picture: none of them is found where it has no business.

Looked through are logs at their most talkative, both outputs, every row of the database and every byte of
its file, every kept file, and errors as they print, represent and trace themselves.
"""

import base64
import io
import logging
import re
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from getpass import getuser
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import numpy as np
import pytest
from PIL import Image
from sqlalchemy import MetaData, select

from limner import Limner
from limner.assembly import Assembly, assemble
from limner.cli.app import run as command
from limner.core.errors import Error
from limner.core.operations import Operation
from limner.core.pictures import Picture
from limner.core.requests import Request
from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from limner.storage.store import engine_of
from tests.support.clock import SkippingClock
from tests.support.databases import database
from tests.support.gateway import running_gateway

KEY: Final = "sk-planted-K7wQ9zR4tV2mX8bN"
REFUSED: Final = "sk-planted-invalid-J3pL6yH1cF5d"
"""One that the vendor does not take."""
PASSWORD: Final = "planted-P4ssw0rd-G8nS2kD7"
LINKS: Final = "planted-link-key-T5rW1qZ9-xB6vM3cK0"
WORDS: Final = (KEY, REFUSED, PASSWORD, LINKS)
FLARE: Final = "openai/gpt-image-2.5-flare"
PAINT: Final = "POST /v1/images/*"
ENCODED: Final = re.compile(rb"iVBORw0KGgo|/9j/4[A-Za-z0-9+/]{20}|UklGR[A-Za-z0-9+/]{20}|[A-Za-z0-9+/]{400,}")
"""How a picture begins in base64, or anything long in it."""


def planted() -> bytes:
    buffer = io.BytesIO()
    pixels = np.random.default_rng(7).integers(0, 256, (96, 128, 3), np.uint8)
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


PICTURE: Final = planted()
TEXT: Final = base64.b64encode(PICTURE).decode()


@dataclass
class Heap:
    """Everything that is looked through."""

    logs: pytest.LogCaptureFixture
    outputs: pytest.CaptureFixture[str]
    parts: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, text: str | bytes) -> None:
        data = text.encode() if isinstance(text, str) else text
        self.parts[name] = self.parts.get(name, b"") + b"\n" + data

    def error(self, error: BaseException) -> None:
        """As it prints, represents and traces itself, with those that caused it."""
        self.add("errors", "".join(traceback.format_exception(error)))
        self.add("errors", f"{error} {error!r} {vars(error) if hasattr(error, '__dict__') else ''}")

    def search(self) -> None:
        self.add("logs", self.logs.text)
        self.add("outputs", "".join(self.outputs.readouterr()))
        for name, data in self.parts.items():
            assert not [word for word in WORDS if word.encode() in data], name
            assert not (found := ENCODED.search(data)), f"{name}: {data[found.start() - 100 : found.end()]!r}"


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.reset()
    return running


@pytest.fixture
def heap(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Heap:
    caplog.set_level(logging.DEBUG)
    return Heap(caplog, capfd)


def environ(sandbox: RunningSandbox, key: str = KEY) -> dict[str, str]:
    return {"OPENAI_API_KEY": key, "OPENAI_BASE_URL": sandbox.url("openai")}


def with_password(url: str) -> str:
    """The same database, entered with the planted password; one that trusts us does not look at it."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return url
    user = parts.username or getuser()
    return f"{parts.scheme}://{user}:{PASSWORD}@{parts.hostname}:{parts.port}{parts.path}"


def rows(url: str) -> bytes:
    """Every value of every table."""
    engine = engine_of(url)
    tables = MetaData()
    with engine.connect() as connection:
        tables.reflect(connection)
        found = [tuple(row) for table in tables.sorted_tables for row in connection.execute(select(table))]
    engine.dispose()
    assert len(found) > 10
    return repr(found).encode()


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()


PEAR: Final = Request(
    Operation.EDIT, prompt="a pear", model=FLARE, images=(Picture(PICTURE),), allow_fallback=False
)
MISFORTUNES: Final = [
    None,
    Fault(FaultKind.RESET_AFTER_BILLED, provider="openai", route=PAINT),
    Fault(FaultKind.GARBAGE_BODY, provider="openai", route=PAINT),
    Fault(FaultKind.INVALID_BASE64, provider="openai", route=PAINT),
    Fault(FaultKind.BAD_GATEWAY, provider="openai", route=PAINT),
    Fault(FaultKind.STATUS, provider="openai", route=PAINT, status=429, times=None),
]


async def ask(limner: Assembly, sandbox: RunningSandbox, heap: Heap) -> None:
    """Well and badly, in every way that words an error."""
    for fault in MISFORTUNES:
        sandbox.faults.clear()
        if fault is not None:
            sandbox.faults.plan(fault)
        try:
            result = await limner.engine.run(PEAR)
            heap.add("results", repr(result))
            heap.add("results", repr(await limner.books.show(result.id)))
        except Error as error:
            heap.error(error)
    sandbox.faults.clear()
    for request in (
        PEAR.replace(prompt="forbidden-violence"),
        PEAR.replace(images=(Picture(TEXT.encode()),)),
        PEAR.replace(model="openai/nobody"),
    ):
        try:
            await limner.engine.run(request)
        except Error as error:
            heap.error(error)


@pytest.mark.row("P2")
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_the_library_keeps_its_secrets(kind: str, sandbox: RunningSandbox, heap: Heap, tmp_path: Path):
    with database(kind, tmp_path / "store") as plain:
        url = with_password(plain)
        for key in (KEY, REFUSED):
            settings = Settings(
                environ=environ(sandbox, key), store=url, blobs=str(tmp_path / "blobs"), link_key=LINKS
            )
            heap.add("settings", repr(settings))
            async with assemble(settings, clock=SkippingClock(patient=True)) as limner:
                await ask(limner, sandbox, heap)
                assert limner.memory is not None
                heap.add("objects", f"{limner!r} {limner.memory.store!r} {limner.settings!r}")
        heap.add("rows", rows(plain))
    for name, data in files(tmp_path / "store"):
        heap.add(f"the database's {name}", data)
    kept = dict(files(tmp_path / "blobs"))
    assert PICTURE in kept.values(), "the picture itself is kept, as bytes"
    for name, data in kept.items():
        heap.add(f"kept {name}", b"" if data in {PICTURE, TEXT.encode()} else data)  # as they were given
    assert {"errors", "results", "rows"} <= heap.parts.keys()
    heap.search()


def test_a_database_that_cannot_be_reached_is_named_without_its_password(heap: Heap):
    for url in (
        f"postgresql://ada:{PASSWORD}@127.0.0.1:1/images",
        f"mysql://ada:{PASSWORD}@127.0.0.1/images",
        f"postgresql://ada:{PASSWORD}@127.0.0.1:port/images",
    ):
        with pytest.raises(Error) as raised:
            assemble(Settings(environ={}, store=url, blobs="unused"))
        heap.error(raised.value)
    heap.search()


def test_a_picture_behind_a_password_is_named_without_it(heap: Heap):
    with Limner() as limner:
        for address in (
            f"http://ada:{PASSWORD}@127.0.0.1:1/a.png",
            f"https://ada:{PASSWORD}@planted.invalid/a.png?token={PASSWORD}",
            f"data:image/png;base64,{TEXT}!",
        ):
            with pytest.raises(Error) as raised:
                limner.edit(address, "a pear", model="limner/heal")
            heap.error(raised.value)
    heap.search()


@pytest.mark.row("P2")
def test_the_command_line_keeps_its_secrets(
    sandbox: RunningSandbox, heap: Heap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "pear.png").write_bytes(PICTURE)
    monkeypatch.chdir(tmp_path)
    for name in ("CONFIG", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    monkeypatch.setenv("OPENAI_BASE_URL", sandbox.url("openai"))
    monkeypatch.setenv("LIMNER_LINK_KEY", LINKS)
    edit = ["edit", "pear.png", "a kite", "--model", FLARE, "--no-fallback"]
    codes: list[int] = []
    for key in (KEY, REFUSED):
        monkeypatch.setenv("OPENAI_API_KEY", key)
        codes += [command([*edit, "-o", f"{len(codes)}.png"]), command([*edit, "--json", "-o", "json.png"])]
        sandbox.faults.plan(Fault(FaultKind.RESET_AFTER_BILLED, provider="openai", route=PAINT))
        codes += [command([*edit, "-o", "lost.png"])]
        sandbox.faults.clear()
        codes += [command(["runs", "list", "--json"]), command(["doctor"]), command(["providers"])]
    assert codes[0] == 0
    assert codes[2] != 0
    for name, data in files(tmp_path / "DATA"):
        heap.add(f"the store's {name}", b"" if data == PICTURE else data)
    heap.search()


@pytest.mark.row("P2")
def test_the_gateway_keeps_its_secrets(sandbox: RunningSandbox, heap: Heap, tmp_path: Path):
    for key in (KEY, REFUSED):
        settings = Settings(
            environ=environ(sandbox, key), store=f"sqlite:///{tmp_path}/limner.db", link_key=LINKS
        )
        with (
            running_gateway(settings, clock=SkippingClock(patient=True)) as live,
            httpx2.Client(base_url=live.root, timeout=60) as client,
        ):
            talk(client, sandbox, heap)
    for name, data in files(tmp_path):
        heap.add(f"the store's {name}", b"" if data == PICTURE else data)
    heap.search()


def talk(client: httpx2.Client, sandbox: RunningSandbox, heap: Heap) -> None:
    """What people send, and what they are told when it fails. Only a picture's own answer has a picture."""
    body: dict[str, Any] = {"operation": "edit", "model": FLARE, "prompt": "a kite", "images": [TEXT]}
    dialect = {"model": FLARE, "prompt": "a kite"}
    asks: list[Callable[[], httpx2.Response]] = [
        lambda: client.post("/api/v1/run", json=body),
        lambda: client.post("/v1/images/edits", data=dialect, files={"image": PICTURE}),
        lambda: client.post("/api/v1/run", json={**body, "images": [f"{TEXT}!"]}),
        lambda: client.post("/api/v1/run", json={**body, "mask": TEXT, "operation": TEXT}),
        lambda: client.post("/v1/images/generations", json={**dialect, "size": TEXT}),
    ]
    for ask_ in asks:
        for fault in (None, Fault(FaultKind.RESET_AFTER_BILLED, provider="openai", route=PAINT)):
            sandbox.faults.clear()
            if fault is not None:
                sandbox.faults.plan(fault)
            answer = ask_()
            if answer.status_code != 200:
                heap.add("answers", answer.content)
            heap.add("headers", repr(answer.headers))
    sandbox.faults.clear()
    for path in ("/api/v1/runs", "/api/v1/usage", "/metrics", "/health-check/image-providers", "/readyz"):
        heap.add("lists", client.get(path).content)


def test_what_is_planted_would_be_found(heap: Heap):
    """Or the tests above would prove nothing."""
    for text in (*WORDS, f"x{TEXT[200:700]}x", TEXT[:40]):
        found = Heap(heap.logs, heap.outputs)
        found.add("here", f"before {text} after")
        with pytest.raises(AssertionError, match="here"):
            found.search()
    heap.add("here", "nothing")
    heap.search()
