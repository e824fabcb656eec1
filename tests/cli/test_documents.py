"""What README.md and docs/command-line.md show is what happens."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from limner.cli.exits import Exit
from tests.cli.conftest import draw_mask
from tests.cli.test_servers import served
from tests.support.sources import ROOT

BIN = Path(sys.executable).parent


def block(after: str) -> str:
    """The code block of README.md below a line."""
    text = (ROOT / "README.md").read_text()
    found = re.search(rf"{after}:\n\n```\w*\n(.*?)```", text, re.DOTALL)
    assert found, after
    return found[1]


@pytest.fixture
def street(folder: Path, coffee: Path) -> Path:
    coffee.rename(folder / "street.jpg")
    draw_mask(folder / "mask.png", (600, 400), (180, 150, 300, 260))
    return folder


def run(folder: Path, *command: str) -> str:
    environment = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def is_clean(folder: Path) -> bool:
    with Image.open(folder / "clean.png") as picture:
        return picture.size == (600, 400)


def test_the_library_example(street: Path):
    assert run(street, sys.executable, "-c", block("From Python")).startswith("$0\n")
    assert is_clean(street)


def test_the_shell_example(street: Path):
    assert run(street, "bash", "-ec", block("From a shell")) == "free on limner/heal\nclean.png\n"
    assert is_clean(street)


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="curl or jq is not installed")
def test_the_http_example(street: Path):
    with served(street, "serve") as (root, _):
        run(street, "bash", "-eco", "pipefail", block("Over HTTP").replace("http://127.0.0.1:8000", root))
    assert is_clean(street)


def test_every_exit_code_is_documented():
    text = (ROOT / "docs" / "command-line.md").read_text()
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)} == set(Exit)
