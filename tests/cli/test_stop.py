"""Ctrl-C in a real process: nothing sent is dropped, what may be billed is brought home."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from limner.sandbox.faults import Fault, FaultKind
from limner.sandbox.server import RunningSandbox, running_sandbox
from tests.cli.conftest import GateClock

LIMNER = Path(sys.executable).with_name("limner")
PAINT = ("generate", "a pear", "--model", "openai/gpt-image-2", "--size", "1024x1024", "--quality", "draft")
PATIENCE = 60
"""Seconds after which a process that should have answered is given up."""


@pytest.fixture
def gate() -> GateClock:
    return GateClock()


@pytest.fixture
def slow(gate: GateClock) -> Iterator[RunningSandbox]:
    """An OpenAI that answers when the gate is opened."""
    with running_sandbox(gate) as sandbox:
        sandbox.faults.plan(Fault(FaultKind.LATENCY, "openai", "POST /v1/images/*", seconds=1, times=None))
        yield sandbox
        gate.gate.set()


@contextmanager
def started(folder: Path, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A command under way."""
    process = subprocess.Popen(
        [LIMNER, *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str], word: str) -> str:
    """Read stderr up to the line with a word."""
    assert process.stderr is not None
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line)
        if word in line:
            return "".join(lines)
    raise AssertionError(f"never said {word!r}: {lines}")


def paid(sandbox: RunningSandbox) -> dict[str, str]:
    return {"OPENAI_API_KEY": "sk-sandbox", "OPENAI_BASE_URL": sandbox.url("openai")}


@pytest.mark.row("F3")
def test_what_may_be_billed_is_brought_home(tmp_path: Path, slow: RunningSandbox, gate: GateClock):
    with started(tmp_path, *PAINT, "-o", "pear.png", **paid(slow)) as process:
        assert gate.waiting.wait(PATIENCE)
        process.send_signal(signal.SIGINT)
        told = said(process, "Stopping")
        assert "openai/gpt-image-2 was asked already and may bill it" in told
        gate.gate.set()
        out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert out == "pear.png\n"
    assert (tmp_path / "pear.png").read_bytes().startswith(b"\x89PNG")
    assert slow.requests.count("openai") == 1


def test_twice_leaves_at_once_and_says_what_was_asked(tmp_path: Path, slow: RunningSandbox, gate: GateClock):
    with started(tmp_path, *PAINT, **paid(slow)) as process:
        assert gate.waiting.wait(PATIENCE)
        process.send_signal(signal.SIGINT)
        said(process, "Stopping")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "openai/gpt-image-2 may bill what it was asked (run_" in err
    assert not list(tmp_path.glob("*.png"))


def test_what_was_not_begun_is_left(tmp_path: Path, slow: RunningSandbox, gate: GateClock):
    for name in ("one.png", "two.png"):
        Image.new("RGB", (64, 64), "teal").save(tmp_path / name)
    edit = (
        "edit",
        "one.png",
        "two.png",
        "at night",
        "--each",
        "--jobs",
        "1",
        "-o",
        "out/",
        "--quality",
        "draft",
    )
    with started(tmp_path, *edit, "--model", "openai/gpt-image-2", "--json", **paid(slow)) as process:
        assert gate.waiting.wait(PATIENCE)
        process.send_signal(signal.SIGINT)
        said(process, "Stopping")
        gate.gate.set()
        out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert slow.requests.count("openai") == 1
    assert '"error": {"type": "Cancelled"' in out
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["one-edit.png"]
