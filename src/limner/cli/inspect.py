"""`limner inspect`: what a picture is, what it was made with, and what it looks like."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer
from rich.padding import Padding
from rich.text import Text

from limner.cli.asks import Source, pictures_at
from limner.cli.exits import Exit
from limner.cli.say import failure, failure_json, line, stdout
from limner.client import plain
from limner.client.aio import AsyncLimner
from limner.core.errors import Error
from limner.core.pictures import Picture
from limner.pixels.inspect import Inspection
from limner.pixels.settings_text import Settings

app = typer.Typer(add_completion=False, rich_markup_mode="rich")


@app.command()
def inspect(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE…", help="Files, folders, patterns, URLs, or - for stdin.", show_default=False
        ),
    ],
    json: Annotated[bool, typer.Option("--json", metavar="", help="As JSON lines.")] = False,
) -> int:
    """Say what a picture is, what it was made with, and what it looks like.

    Settings are read as AUTOMATIC1111, ComfyUI, NovelAI and [bold]--embed-settings[/] write them.
    Exit code 1: a file cannot be read.

    [dim]limner inspect pear.png[/]
    """
    return asyncio.run(_all([one for file in files for one in pictures_at(file)], json=json))


async def _all(files: Sequence[Source], *, json: bool) -> Exit:
    done = Exit.OK
    async with AsyncLimner() as limner:
        for file in files:
            name = (file.name or "picture") if isinstance(file, Picture) else str(file)
            try:
                found = await limner.inspect(file)
            except Error as error:
                failure(error, about=name)
                if json:
                    failure_json(error, file=name)
                done = Exit.SOME_FAILED
                continue
            if json:
                line({"file": name, **plain.inspection(found)})
            else:
                _print(name, found)
    return done


def _print(name: str, found: Inspection) -> None:
    stdout().print(name, style="bold")
    for text in (*_file(found), *_settings(found.settings)):
        stdout().print(Padding(Text(text), (0, 0, 0, 2)))


def _file(found: Inspection) -> Iterator[str]:
    file = found.file
    more = [
        word
        for word, told in (
            (f"{file.frames} frames", file.frames > 1),
            ("transparent in places", file.has_alpha),
            ("with a colour profile", file.has_icc),
            ("with metadata", file.has_metadata),
            ("turned by its orientation", file.orientation > 1),
        )
        if told
    ]
    yield ", ".join([f"{file.media_type}, {file.size}, {file.mode}, {file.bytes:,} bytes", *more])
    if found.colours:
        yield "Colours: " + ", ".join(f"{one.hex} {one.share:.0%}" for one in found.colours)
    yield f"Perceptual hash: {found.phash:016x}"
    if found.blank:
        yield "Every pixel is nearly the same."
    if found.blurred:
        yield "Nothing in it is in focus."


def _settings(settings: Settings | None) -> Iterator[str]:
    if settings is None:
        yield "It does not say what it was made with."
        return
    yield f"Made with (as {settings.maker} writes it):"
    for name, value in plain.settings(settings).items():
        if value is not None and name not in {"maker", "extra"}:
            yield f"  {name.replace('_', ' ')}: {value}"
    for name, value in settings.extra.items():
        yield f"  {name}: {value}"
