"""`limner verify`: where pictures come from, in words, and whether that still holds."""

import asyncio
from collections.abc import Sequence
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
from limner.pixels.provenance.explain import Report, Standing

app = typer.Typer(add_completion=False, rich_markup_mode="rich")


@app.command()
def verify(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE…", help="Files, folders, patterns, URLs, or - for stdin.", show_default=False
        ),
    ],
    json: Annotated[bool, typer.Option("--json", metavar="", help="As JSON lines.")] = False,
) -> int:
    """Say who signed a picture, what was done to it and with which others, and whether that still holds.

    Exit code 1: a record does not hold, or a file cannot be read. Certificates of signers that you trust
    go into the file that LIMNER_TRUST_ANCHORS names.

    [dim]limner verify clean.png[/]
    """
    return asyncio.run(_all([one for file in files for one in pictures_at(file)], json=json))


async def _all(files: Sequence[Source], *, json: bool) -> Exit:
    done = Exit.OK
    async with AsyncLimner() as limner:
        for file in files:
            name = (file.name or "picture") if isinstance(file, Picture) else str(file)
            try:
                report = await limner.verify(file)
            except Error as error:
                failure(error, about=name)
                if json:
                    failure_json(error, file=name)
                done = Exit.SOME_FAILED
                continue
            if report.standing is Standing.INVALID:
                done = Exit.SOME_FAILED
            if json:
                line({"file": name, **plain.report(report)})
            else:
                _print(name, report)
    return done


def _print(name: str, report: Report) -> None:
    wrong = report.standing is Standing.INVALID
    stdout().print(name, style="bold")
    stdout().print(Padding(Text(report.summary, "red" if wrong else ""), (0, 0, 0, 2)))
    for step in report.chain:
        stdout().print(Padding(Text(step), (0, 0, 0, 4)))
    for problem in report.problems:
        stdout().print(Padding(Text(f"{problem.text} ({problem.code})", "red"), (0, 0, 0, 4)))
