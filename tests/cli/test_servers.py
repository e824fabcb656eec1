"""`serve` and `sandbox` in real processes, on ports of their own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from limner.sandbox.server import RunningSandbox
from tests.cli.conftest import Limner

LIMNER = Path(sys.executable).with_name("limner")


@contextmanager
def served(folder: Path, *arguments: str) -> Iterator[tuple[str, list[str]]]:
    """A server's address, and what it said first."""
    process = subprocess.Popen(
        [LIMNER, *arguments, "--port", "0"],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "OPENAI_API_KEY": "sk-of-a-person",
            "PYTHONUNBUFFERED": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    try:
        for line in process.stdout:
            lines.append(line)
            if ("_sandbox/bill" if arguments == ("sandbox",) else "Ctrl-C") in line:
                break
        roots = [found for line in lines for found in re.findall(r"on (http://[\d.:]+)$", line.strip())]
        roots += [found for line in lines for found in re.findall(r"(http://[\d.:]+)/_sandbox/bill", line)]
        yield roots[0], lines
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.communicate()


def get(url: str) -> dict[str, Any]:
    return httpx2.get(url, timeout=60).raise_for_status().json()


def post(url: str, body: Mapping[str, object]) -> dict[str, Any]:
    return httpx2.post(url, json=body, timeout=60).raise_for_status().json()


def test_serve_with_every_provider_emulated(tmp_path: Path):
    with served(tmp_path, "serve", "--sandbox") as (root, lines):
        bill = next(found for line in lines for found in re.findall(r"http://\S+/_sandbox/bill", line))
        wish = {"model": "gpt-image-2", "prompt": "a pear", "size": "1024x1024", "quality": "low"}
        answer = post(f"{root}/v1/images/generations", wish)
        assert answer["data"][0]["b64_json"]
        assert len(get(bill)["charges"]) == 1
        assert not list(tmp_path.glob("*.db"))


def test_serve_paints_here_without_a_key(tmp_path: Path):
    with served(tmp_path, "serve") as (root, lines):
        assert f"base_url={root}/v1" in "".join(lines)
        wish = {"operation": "generate", "prompt": "a pear", "model": "limner/sketch", "size": "64x64"}
        assert post(f"{root}/api/v1/run", wish)["images"]


def test_the_sandbox_says_what_is_where(tmp_path: Path):
    with served(tmp_path, "sandbox") as (root, lines):
        assert f"{root}/openai/v1" in "".join(lines)
        assert get(f"{root}/_sandbox/bill")["charges"] == []


@pytest.mark.parametrize("command", [("serve",), ("serve", "--sandbox"), ("sandbox",)])
@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "example.com"])  # noqa: S104 - it is refused
def test_nothing_leaves_this_machine(limner: Limner, command: tuple[str, ...], host: str):
    ran = limner(*command, "--host", host)
    assert ran.code == 2
    assert host in ran.err
    assert "127.0.0.1" in ran.err


@pytest.mark.parametrize("command", ["serve", "sandbox"])
def test_a_port_that_is_taken(limner: Limner, emulated: RunningSandbox, command: str):
    ran = limner(command, "--port", emulated.root.rpartition(":")[2])
    assert ran.code == 2
    assert "is taken" in ran.err
    assert "--port 0" in ran.err
