"""Commands run in this process, in an empty folder, as the console script runs them."""

import asyncio
import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from skimage import data as photographs

from limner.cli.app import run
from limner.sandbox.server import RunningSandbox, running_sandbox


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Its JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def json(self) -> dict[str, Any]:
        """Its only JSON line."""
        [line] = self.lines
        return line


Limner = Callable[..., Ran]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, with no configuration of anybody's. Nothing is remembered."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LIMNER_STORE", "memory")
    monkeypatch.setenv("COLUMNS", "80")
    return work


@pytest.fixture
def limner(folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Limner:
    """Runs a command."""

    def ran(*arguments: str, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return Ran(code, captured.out, captured.err)

    return ran


@pytest.fixture
def astronaut(folder: Path) -> Path:
    """A photograph without loss, 512x512."""
    path = folder / "astronaut.png"
    Image.fromarray(photographs.astronaut()).save(path)
    return path


@pytest.fixture
def coffee(folder: Path) -> Path:
    """A JPEG photograph, 600x400."""
    path = folder / "coffee.jpg"
    Image.fromarray(photographs.coffee()).save(path, quality=92)
    return path


@pytest.fixture
def small(folder: Path) -> Path:
    """A small picture, for what is not about pixels."""
    path = folder / "small.png"
    Image.fromarray(photographs.astronaut()[::8, ::8]).save(path)
    return path


def draw_mask(path: Path, size: tuple[int, int], box: tuple[int, int, int, int]) -> Path:
    """A black mask with a white ellipse."""
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).ellipse(box, fill=255)
    mask.save(path)
    return path


@pytest.fixture
def mask(folder: Path) -> Path:
    """A mask for `small`."""
    return draw_mask(folder / "mask.png", (64, 64), (20, 20, 40, 40))


class GateClock:
    """The sandbox's clock. A wait ends when the gate is opened, however long that takes."""

    def __init__(self) -> None:
        self.waiting = threading.Event()
        """Somebody waits."""
        self.gate = threading.Event()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        del seconds
        self.waiting.set()
        await asyncio.to_thread(self.gate.wait, 60)


@pytest.fixture(scope="session")
def emulated() -> Iterator[RunningSandbox]:
    with running_sandbox(GateClock()) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(emulated: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> RunningSandbox:
    """OpenAI, emulated, with a key in the environment."""
    emulated.reset()
    monkeypatch.setenv("OPENAI_API_KEY", "sk-sandbox")
    monkeypatch.setenv("OPENAI_BASE_URL", emulated.url("openai"))
    return emulated
