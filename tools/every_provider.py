"""Run the lines of docs/every-provider.md against the sandbox, and draw their sheet into docs/images.

python -m tools.every_provider
"""

import contextlib
import os
import re
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image, ImageDraw
from skimage import data

from limner.providers import registry
from limner.sandbox.app import VENDORS
from limner.sandbox.server import RunningSandbox, running_sandbox

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "every-provider.md"
SHEET: Final = ROOT / "docs" / "images" / "every-provider.jpg"
_CUP: Final = (140, 20, 420, 300)
_WIDTH: Final = 1064


def lines() -> str:
    """The page's example."""
    found = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    if found is None:
        raise SystemExit(f"{PAGE} has no example")
    return found[1]


def environ(sandbox: RunningSandbox) -> dict[str, str]:
    """Every provider's address and key, as an operator sets them.

    Args:
        sandbox: where they are emulated.
    """
    emulated = {vendor.slug for vendor in VENDORS}
    found: dict[str, str] = {}
    for slug, adapter in registry.load_all().items():
        profile = adapter.profile
        if slug in emulated and profile.base_url_name:
            found[profile.base_url_name] = sandbox.url(slug)
            found |= {name: sandbox.key(slug) for name in profile.key_names[:1]}
    return found


def photograph(folder: Path, *, shrink: int = 1) -> None:
    """Put the photograph and its mask into a folder.

    Args:
        folder: where the lines look for them.
        shrink: how many times smaller than it is.
    """
    picture = Image.fromarray(np.asarray(data.coffee(), np.uint8))
    picture.reduce(shrink).save(folder / "coffee.jpg", quality=92)
    mask = Image.new("L", picture.size, 0)
    ImageDraw.Draw(mask).ellipse(_CUP, fill=255)
    mask.reduce(shrink).save(folder / "cup.png")


def run(folder: Path) -> dict[str, Any]:
    """Run the lines in a folder that has the pictures, and return the names they leave.

    Args:
        folder: where they read and write.
    """
    names: dict[str, Any] = {}
    with contextlib.chdir(folder):
        exec(compile(lines(), str(PAGE), "exec"), names)  # noqa: S102 - our own page, as its readers run it
    return names


def main() -> None:
    """Draw the sheet."""
    with running_sandbox(polls=1) as sandbox, tempfile.TemporaryDirectory() as name:
        os.environ.update(environ(sandbox))
        folder = Path(name)
        photograph(folder)
        run(folder)
        with Image.open(folder / "raspberries" / "sheet.png") as sheet:
            page = sheet.convert("RGB")
    page.thumbnail((_WIDTH, page.height))
    page.save(SHEET, quality=80)


if __name__ == "__main__":
    main()
