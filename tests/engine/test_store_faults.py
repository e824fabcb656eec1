"""When the store fails: a clear error, nothing new bought, nothing paid for lost, and no restart."""

import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from limner.assembly import Assembly, assemble
from limner.core.errors import Billed, OutcomeUnknown, StoreFailed
from limner.core.operations import Operation
from limner.core.requests import Request
from limner.engine.events import Event, Progressed, Sending
from limner.engine.journal import RunState
from limner.engine.sql import journal
from limner.pixels.kinds import kind_of
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from limner.storage import bucket as buckets
from limner.storage import postgres, sqlite
from tests.support.buckets import Service, bucket, bucket_service
from tests.support.buckets import environ as bucket_environ
from tests.support.clock import SkippingClock
from tests.support.databases import postgres_database, sqlite_database
from tests.support.proxies import Wire, wire

PEAR = Request(Operation.GENERATE, prompt="a pear", model="openai/gpt-image-2.5-flare", allow_fallback=False)
TICKETED = PEAR.replace(model="replicate/black-forest-labs/flux-schnell")
NO_DISK_HAS = 1_000_000_000
"""Megabytes."""


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: RunningSandbox) -> RunningSandbox:
    running.reset()
    return running


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with bucket_service() as service:
        yield service


class Outage(SkippingClock):
    """The journal's waits pass at once, and after so many of them somebody mends the store."""

    def __init__(self, mend: Callable[[], object] = lambda: None, after: int = 60) -> None:
        super().__init__(patient=True)
        self._mend = mend
        self._left = after
        self.waited = 0.0

    async def sleep(self, seconds: float) -> None:
        if seconds == journal.PAUSE:
            self.skip(seconds)
            self.waited += seconds
            self._left -= 1
            if self._left == 0:
                self._mend()
        await super().sleep(seconds)


def limner_at(
    sandbox: RunningSandbox, store: str, *, clock: SkippingClock | None = None, **more: Any
) -> Assembly:
    environ = {
        "OPENAI_API_KEY": sandbox.key("openai"),
        "OPENAI_BASE_URL": sandbox.url("openai"),
        "REPLICATE_API_TOKEN": sandbox.key("replicate"),
        "REPLICATE_BASE_URL": sandbox.url("replicate"),
        **more.pop("environ", {}),
    }
    settings = Settings(environ=environ, store=store, **more)
    return assemble(settings, clock=clock or SkippingClock(patient=True))


def on_first(kind: type, act: Callable[[], object]) -> Callable[[Event], None]:
    """Act at the first event of a kind."""
    left = [act]

    def hear(event: Event) -> None:
        if isinstance(event, kind) and left:
            left.pop()()

    return hear


def on_sending(act: Callable[[], object]) -> Callable[[Event], None]:
    """Act when the first paid call is about to leave."""
    return on_first(Sending, act)


def on_ticket(act: Callable[[], object]) -> Callable[[Event], None]:
    """Act when the ticket is safe: progress is told after it was written."""
    return on_first(Progressed, act)


async def refused(limner: Assembly, request: Request = PEAR) -> StoreFailed:
    with pytest.raises(StoreFailed) as raised:
        await limner.engine.run(request)
    assert raised.value.billed is Billed.NO
    return raised.value


def lite(folder: Path) -> str:
    return f"sqlite:///{folder}/limner.db"


# Disk full


@pytest.mark.row("P2")
async def test_below_the_floor_nothing_is_bought(sandbox: RunningSandbox, tmp_path: Path):
    async with limner_at(sandbox, lite(tmp_path), disk_floor_mb=NO_DISK_HAS) as limner:
        error = await refused(limner)
        [line] = await limner.books.runs()
        assert (line.state, line.held) == (RunState.FAILED, 0)
    assert error.code == "store_full"
    assert "nearly full" in error.message
    assert sandbox.bill.charges() == ()


async def test_at_the_floor_there_is_room_again_without_a_restart(
    sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    free = 10_000_000
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": free}))
    clock = SkippingClock(patient=True)
    async with limner_at(sandbox, lite(tmp_path), disk_floor_mb=20, clock=clock) as limner:
        await refused(limner)
        free = 20_000_000
        clock.skip(1)
        await limner.engine.run(PEAR)
    assert len(sandbox.bill.charges()) == 1


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """The machine's own limit: a write beyond it fails as on a disk without room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.row("P2")
async def test_bytes_in_flight_are_handed_over_when_the_disk_is_full(sandbox: RunningSandbox, tmp_path: Path):
    async with limner_at(sandbox, lite(tmp_path)) as limner:
        full = files_no_larger_than(1)
        with pytest.raises(StoreFailed) as raised:
            await limner.engine.run(PEAR, on_event=on_sending(full.__enter__))
        full.__exit__(None, None, None)
        error = raised.value
        assert (error.code, error.billed) == ("store_full", Billed.YES)
        [picture] = error.kept
        assert kind_of(picture) is not None
        assert "error.kept" in error.remedy
        # What may have been paid for is listed until somebody decides, and is never sent again.
        assert error.request_id is not None
        with pytest.raises(OutcomeUnknown):
            await limner.engine.resume(error.request_id)
        [line] = await limner.books.runs(state="unknown")
        assert line.possible >= sandbox.bill.total("openai") > 0
        assert len(sandbox.bill.charges()) == 1
        await limner.engine.run(PEAR)  # there is room again
    assert len(sandbox.bill.charges()) == 2


@pytest.mark.row("P2")
async def test_with_a_ticket_a_run_goes_on_when_there_is_room_again(sandbox: RunningSandbox, tmp_path: Path):
    async with limner_at(sandbox, lite(tmp_path)) as limner:
        full = files_no_larger_than(1)
        with pytest.raises(StoreFailed) as raised:
            await limner.engine.run(TICKETED, on_event=on_ticket(full.__enter__))
        full.__exit__(None, None, None)
        assert raised.value.kept
        assert raised.value.request_id is not None
        result = await limner.engine.resume(raised.value.request_id)
        assert result.images
        assert result.cost.usd == sandbox.bill.total("replicate")
    assert len(sandbox.bill.charges()) == 1


# SQLite locked by another process


class Lock:
    """What a careless program beside Limner does."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "limner.db"
        self._holder: sqlite3.Connection | None = None

    def take(self) -> None:
        self._holder = sqlite3.connect(self._file, check_same_thread=False, isolation_level=None)
        self._holder.execute("BEGIN IMMEDIATE")

    def let_go(self) -> None:
        assert self._holder
        self._holder.close()


@pytest.mark.row("P2")
async def test_a_locked_database_buys_nothing_and_loses_nothing(
    sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.02)
    lock = Lock(tmp_path)
    clock = Outage(lock.let_go, after=10)
    async with limner_at(sandbox, lite(tmp_path), clock=clock) as limner:
        await limner.engine.run(PEAR.replace(model="limner/sketch"))
        lock.take()
        error = await refused(limner)
        assert error.code == "store_locked"
        assert "another process" in error.message
        assert sandbox.bill.charges() == ()
        lock.let_go()
        # Locked while the picture is being painted: what was paid for is written as soon as it can be.
        result = await limner.engine.run(PEAR, on_event=on_sending(lock.take))
        assert clock.waited > 0
        assert result.cost.usd == sandbox.bill.total("openai")
    assert len(sandbox.bill.charges()) == 1


def test_a_second_server_process_is_refused_and_told_of_postgresql(tmp_path: Path):
    hold = sqlite.Hold(Path(sqlite_database(tmp_path).removeprefix("sqlite:///")))
    command = [Path(sys.executable).with_name("limner"), "serve", "--port", "0"]
    environ = {**os.environ, "LIMNER_STORE": lite(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    ran = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    hold.release()
    assert ran.returncode != 0
    assert "Another server is running" in ran.stderr
    assert "postgresql://" in ran.stderr


# PostgreSQL gone


@pytest.fixture
def line() -> Iterator[tuple[str, Wire]]:
    """A database, and the wire to it."""
    with postgres_database() as url:
        parts = urlsplit(url)
        with wire(parts.hostname or "127.0.0.1", parts.port or 5432) as way:
            host, port = way.address
            user = f"{parts.username}@" if parts.username else ""
            yield f"postgresql://{user}{host}:{port}{parts.path}", way


@pytest.mark.row("P2")
async def test_postgresql_may_be_gone_for_half_a_minute(
    line: tuple[str, Wire], sandbox: RunningSandbox, tmp_path: Path
):
    url, way = line
    clock = Outage(way.mend, after=60)
    async with limner_at(sandbox, url, blobs=str(tmp_path), clock=clock) as limner:
        result = await limner.engine.run(PEAR, on_event=on_sending(way.cut))
        assert clock.waited >= 30
        assert result.cost.usd == sandbox.bill.total("openai")
        assert len(sandbox.bill.charges()) == 1
        way.cut()
        error = await refused(limner)
        assert error.code == "store_unreachable"
        assert "cannot be reached" in error.message
        assert len(sandbox.bill.charges()) == 1
        way.mend()
        await limner.engine.run(PEAR)
        assert len(await limner.books.runs(state="finished")) == 2
    assert len(sandbox.bill.charges()) == 2


@pytest.mark.row("P2")
async def test_postgresql_may_be_gone_for_too_long(
    line: tuple[str, Wire], sandbox: RunningSandbox, tmp_path: Path
):
    url, way = line
    async with limner_at(sandbox, url, blobs=str(tmp_path), clock=Outage()) as limner:
        with pytest.raises(StoreFailed) as raised:
            await limner.engine.run(PEAR, on_event=on_sending(way.cut))
        assert (raised.value.code, raised.value.billed) == ("store_unreachable", Billed.YES)
        assert [kind_of(picture) is not None for picture in raised.value.kept] == [True]
        way.mend()
        await limner.engine.run(PEAR)
    assert len(sandbox.bill.charges()) == 2


@pytest.mark.row("P2")
async def test_a_frozen_postgresql_is_hung_up_on(
    line: tuple[str, Wire], sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(postgres.CONNECT, "connect_timeout", 2)  # libpq's least
    url, way = line
    patience = postgres.SILENCE

    def freeze() -> None:
        way.mute()
        monkeypatch.setattr(postgres, "SILENCE", 0.1)

    def thaw() -> None:
        way.speak()
        monkeypatch.setattr(postgres, "SILENCE", patience)

    async with limner_at(sandbox, url, blobs=str(tmp_path), clock=Outage(thaw, after=2)) as limner:
        await limner.engine.run(PEAR)
        freeze()
        error = await refused(limner)
        assert error.code == "store_unreachable"
        thaw()
        await limner.engine.run(PEAR, on_event=on_sending(freeze))
    assert len(sandbox.bill.charges()) == 2


# S3 unwilling, or slow


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch, service: Service) -> Iterator[None]:
    """A bucket that is given up on soon."""
    monkeypatch.setattr(buckets, "RETRY", buckets.timedelta(seconds=0.2))
    monkeypatch.setattr(buckets, "TIMEOUT", buckets.timedelta(seconds=2))
    yield
    service.calm()


def at_bucket(sandbox: RunningSandbox, folder: Path, service: Service, clock: SkippingClock) -> Assembly:
    place = f"s3://{bucket(service)}"
    return limner_at(sandbox, lite(folder), blobs=place, clock=clock, environ=bucket_environ(service))


def unwilling(service: Service) -> None:
    service.unwilling = 1_000_000


def slow(service: Service) -> None:
    service.delay = 3


@pytest.mark.row("P2")
@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("mood", [unwilling, slow], ids=["503", "slow"])
async def test_a_bucket_that_fails_for_a_while_loses_nothing(
    mood: Callable[[Service], None], service: Service, sandbox: RunningSandbox, tmp_path: Path
):
    clock = Outage(service.calm, after=1)
    async with at_bucket(sandbox, tmp_path, service, clock) as limner:
        result = await limner.engine.run(PEAR, on_event=on_sending(lambda: mood(service)))
        assert clock.waited > 0
        assert result.cost.usd == sandbox.bill.total("openai")
        again = await limner.engine.resume(result.id)
        assert again.images[0].picture.data == result.images[0].picture.data
    assert len(sandbox.bill.charges()) == 1


@pytest.mark.row("P2")
@pytest.mark.usefixtures("hasty")
async def test_nothing_is_bought_for_a_bucket_that_is_not_there(
    service: Service, sandbox: RunningSandbox, tmp_path: Path
):
    environ = bucket_environ(service)
    async with limner_at(sandbox, lite(tmp_path), blobs="s3://nowhere", environ=environ) as limner:
        assert "no such bucket" in (await refused(limner)).message
    async with at_bucket(sandbox, tmp_path, service, SkippingClock(patient=True)) as limner:
        unwilling(service)
        assert (await refused(limner)).code == "store_unreachable"
        service.calm()
        assert (await limner.engine.run(PEAR)).images
    assert len(sandbox.bill.charges()) == 1


@pytest.mark.row("P2")
@pytest.mark.usefixtures("hasty")
async def test_a_bucket_that_goes_on_failing_gives_the_bytes_to_the_caller(
    service: Service, sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(journal, "PATIENCE", 1.0)
    async with at_bucket(sandbox, tmp_path, service, Outage()) as limner:
        with pytest.raises(StoreFailed) as raised:
            await limner.engine.run(PEAR, on_event=on_sending(lambda: unwilling(service)))
        assert (raised.value.code, raised.value.billed) == ("store_unreachable", Billed.YES)
        assert raised.value.kept
        service.calm()
        assert (await limner.engine.run(PEAR)).images
    assert len(sandbox.bill.charges()) == 2
