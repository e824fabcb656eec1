"""The picture in terminals that can show it."""

import sys
from typing import Final

from limner.cli.say import stderr, stdout
from limner.client.results import Image

_COLUMNS: Final = 60
_ROWS: Final = 20


def can_show() -> bool:
    """Whether somebody looks at a terminal with colours."""
    return sys.stdout.isatty() and stderr().is_terminal and stdout().color_system is not None


def show(image: Image) -> None:
    """Show a picture below what was said, with the best means the terminal has."""
    # Asks the terminal what it can do when it is imported.
    from textual_image.renderable import Image as Shown  # noqa: PLC0415

    picture = image.pil()
    size = image.measured.size
    columns = min(_COLUMNS, stdout().width - 2, round(_ROWS * 2 * size.width / size.height))
    stdout().print(Shown(picture, width=max(columns, 1), height="auto"))
