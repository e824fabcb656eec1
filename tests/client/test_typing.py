"""What a person's type checker sees: every verb, every way to hand in a picture, progress."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
from pathlib import Path
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from limner import AsyncLimner, Limner, Size
from limner.client.results import Result

def heard(event: object) -> None: ...

def use(limner: Limner, pixels: NDArray[np.uint8], image: Image.Image) -> Result:
    limner.generate("a pear", size="64x64", n=2, on_event=heard)
    limner.erase(pixels, mask=image, feather=8)
    limner.edit([Path("a.png"), b"", "b.png"], "at night", size=Size(64, 64), max_cost=0.05)
    limner.inpaint("a.png", "mask.png", "a door", mode="strict")
    with open("a.png", "rb") as file:
        return limner.upscale(file, scale=2)

async def wait(limner: AsyncLimner) -> Result:
    return await limner.remove_background("a.png", on_event=heard)
"""
WRONG = {
    "limner.generate('a pear', sise='64x64')": "sise",
    "limner.generate('a pear', seed='seven')": "seed",
    "limner.erase('a.png')": "mask",
    "limner.inpaint('a.png', 'mask.png', 'x', mode='loose')": "mode",
}


def check(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    (folder / "program.py").write_text(text)
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, "-p", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_public_types_are_usable(tmp_path: Path):
    done = check(tmp_path, PROGRAM)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("line", WRONG)
def test_mistakes_are_seen(tmp_path: Path, line: str):
    done = check(tmp_path, f"from limner import Limner\nlimner = Limner()\n{line}\n")
    assert done.returncode == 1
    assert WRONG[line] in done.stdout
