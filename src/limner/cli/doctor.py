"""`limner doctor`: what is set up here, and what is broken."""

import asyncio
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Final, Literal

import typer
from rich.table import Table
from rich.text import Text

import limner
from limner.assembly import Assembly, assemble
from limner.cli.exits import Exit
from limner.cli.home import settled
from limner.cli.listen import is_free
from limner.cli.say import line, stdout
from limner.core.clock import SystemClock
from limner.core.errors import Error, UserError
from limner.core.operations import Operation
from limner.core.pictures import Size
from limner.core.requests import Request
from limner.painters import registry as painters
from limner.pixels.codecs import codecs
from limner.server.studio import STATIC
from limner.transport.senders import make_sender

app = typer.Typer(add_completion=False, rich_markup_mode="rich")

State = Literal["ok", "note", "broken"]
_SIGNS: Final = {"ok": ("✓", "green"), "note": ("·", "yellow"), "broken": ("✗", "bold red")}
_WHEELS: Final = ("pillow", "numpy", "opencv-python-headless", "resvg-py", "pydantic", "fastapi", "uvicorn")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: State
    text: str
    remedy: str = ""


@app.command()
def doctor(json: Annotated[bool, typer.Option("--json", help="As JSON lines.")] = False) -> int:
    """Look at what is set up here. Keys are never shown; nothing is sent, nothing costs money.

    Exit code 1 when something that Limner cannot work without is broken.
    """
    broken = False
    for check in _checks():
        broken |= check.state == "broken"
        if json:
            line(asdict(check))
            continue
        sign, style = _SIGNS[check.state]
        row = Table.grid(padding=(0, 2, 0, 0))
        row.add_column(width=1)
        row.add_column(width=12)
        row.add_column(overflow="fold")
        row.add_row(Text(sign, style), check.name, check.text)
        if check.remedy:
            row.add_row("", "", Text(check.remedy, "yellow"))
        stdout().print(row)
    return Exit.SOME_FAILED if broken else Exit.OK


def _checks() -> Iterator[Check]:
    yield Check("limner", "ok", f"{limner.__version__} on Python {platform.python_version()}, {sys.platform}")
    yield from _wheels()
    yield _sender()
    yield from _codecs()
    try:
        here = assemble(settled(remember=False))  # what it tries is no record of anybody's
    except UserError as error:
        yield Check("settings", "broken", error.message, error.remedy)
        return
    yield _config(here)
    yield _store()
    yield _painter(here)
    yield from _providers(here)
    yield _port(here)
    yield _studio()
    yield _terminal()


def _wheels() -> Iterator[Check]:
    have: list[str] = []
    for name in _WHEELS:
        try:
            have.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            yield Check(name, "broken", f"{name} is not installed.", "Install Limner again: uv sync.")
    yield Check("wheels", "ok", ", ".join(have))


def _sender() -> Check:
    name = type(make_sender(SystemClock())).__name__.removesuffix("Sender").lower()
    if name == "pyreqwest":
        return Check("transport", "ok", f"pyreqwest {version('pyreqwest')}")
    return Check(
        "transport", "note", f"{name}: slower, because pyreqwest has no wheel for this machine.", "It works."
    )


def _codecs() -> Iterator[Check]:
    found = codecs()
    have = ", ".join(f"{name} {number}" for name, number in found.items() if number is not None)
    yield Check("codecs", "ok", have)
    missing = [name for name, number in found.items() if number is None]
    if missing:
        state: State = "broken" if {"png", "jpeg"} & set(missing) else "note"
        yield Check(
            "codecs", state, f"Pillow was built without {', '.join(missing)}.", "Install Pillow's own wheel."
        )


def _config(here: Assembly) -> Check:
    path = here.settings.config_file()
    models = f"{len(here.catalog.all())} models"
    return Check("config", "ok", f"{models}; {path}" if path else f"{models}; no limner.toml")


def _store() -> Check:
    """Looks at the store without making or changing it."""
    url = settled().store_url
    if url is None:
        return Check("store", "note", "Nothing is remembered.", "Unset LIMNER_STORE to use your own store.")
    from limner.storage.standing import standing  # noqa: PLC0415 - half of the time it takes to start

    try:
        found = standing(url)
    except Error as error:
        return Check("store", "broken", error.message, error.remedy)
    if found.revision is None:
        return Check("store", "ok", f"{found.place}; the first picture makes it")
    state = "" if found.current else "; it is brought up when it is next used"
    return Check("store", "ok", f"{found.place}, at {found.revision}{state}")


def _painter(here: Assembly) -> Check:
    """Paints something, from the request to the encoded file."""
    request = Request(Operation.GENERATE, prompt="a lighthouse", size=Size(64, 64), provider="limner")

    async def paint() -> str:
        result = await here.engine.run(request)
        await here.aclose()
        return f"{result.model} painted {result.images[0].measured.size}"

    try:
        return Check("painter", "ok", asyncio.run(paint()))
    except Error as error:
        return Check("painter", "broken", error.message, error.remedy)


def _providers(here: Assembly) -> Iterator[Check]:
    for slug in sorted({*here.catalog.providers(), *painters.slugs()}):
        try:
            here.makers.of(slug)
        except UserError as problem:
            yield Check(slug, "note", problem.message, problem.remedy)
        else:
            yield Check(slug, "ok", "ready")


def _port(here: Assembly) -> Check:
    host, port = here.settings.host, here.settings.port
    if is_free(host, port):
        return Check("port", "ok", f"{host}:{port} is free for `limner serve`")
    return Check(
        "port", "note", f"{host}:{port} is taken.", "Set LIMNER_PORT, or give `limner serve --port`."
    )


def _studio() -> Check:
    if (STATIC / "index.html").is_file():
        return Check("studio", "ok", "built")
    return Check("studio", "note", "not built; everything else works.", "In a checkout: make web.")


def _terminal() -> Check:
    if not (sys.stdout.isatty() and stdout().color_system):
        return Check("terminal", "note", "no terminal with colours: pictures are not shown.")
    # Asks the terminal what it can do when it is imported.
    from textual_image import renderable  # noqa: PLC0415

    if renderable.Image is renderable.SixelImage:
        how = "Sixel"
    elif renderable.Image is renderable.TGPImage:
        how = "Kitty's graphics protocol"
    else:
        how = "coloured half blocks"
    return Check("terminal", "ok", f"{stdout().width} columns; pictures are shown by {how}")
