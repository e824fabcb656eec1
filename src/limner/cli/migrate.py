"""`limner models migrate`: which places name models that are going away, and what to write instead."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.text import Text

from limner.assembly import Assembly, assemble
from limner.catalog.mentions import Mention, Names
from limner.catalog.radar import SOON, leaving
from limner.cli.exits import Exit
from limner.cli.radar import heir, plainly, when
from limner.cli.say import line, say, stdout
from limner.core.errors import UserError

_LARGEST: Final = 1 << 20
"""Bytes of a file that is read; a larger one is no source and no configuration."""
_NOT_OURS: Final = frozenset({"node_modules", "__pycache__", "site-packages", "dist", "build"})


@dataclass(frozen=True, slots=True)
class _Place:
    place: str
    line: int | None
    text: str


def migrate(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE OR FOLDER]…", help="To be searched, besides what Limner reads itself."),
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", metavar="", help="Print the plan.")] = False,
    within: Annotated[int, typer.Option(metavar="DAYS", min=0, help="Last days no further away.")] = SOON,
    json: Annotated[bool, typer.Option("--json", metavar="", help="As JSON lines.")] = False,
) -> int:
    """Find every place that names a model which is going away or gone, with its successor and the price.

    Searched are the settings, limner.toml, and the files and folders that are given; hidden folders
    and files over a megabyte are left out. Nothing is changed.
    """
    if not plan:
        raise UserError(
            "Limner changes no files of yours: it only plans.",
            code="usage",
            remedy="Add --plan to see what to change.",
        )
    limner = assemble()
    today = limner.clock.now().date()
    names = Names(leaving(limner.catalog, today=today, within=within, gone=True))
    found = [*_settings(limner, names), *_files(_searched(limner, paths or []), names)]
    if json:
        for mention in found:
            line({**asdict(_Place(mention.place, mention.line, mention.text)), **plainly(mention.leaving)})
    elif found:
        _print(found)
    else:
        say("No place names a model that is going away.")
    return Exit.OK


def _settings(limner: Assembly, names: Names) -> Iterator[Mention]:
    """The models that settings name."""
    for name, value in limner.settings.models().items():
        leaving = names.of(value)
        if leaving is not None:
            yield Mention(name, None, value, leaving)


def _searched(limner: Assembly, paths: Iterable[Path]) -> Iterator[Path]:
    """The files to read, each once."""
    config = limner.settings.config_file()
    seen: set[Path] = set()
    for path in [*([config] if config else []), *paths]:
        if not path.exists():
            raise UserError(f"There is no {path}.", code="no_file", field="paths", remedy="Check the path.")
        for file in _below(path):
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file


def _below(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for entry in sorted(path.iterdir()):
        hidden = entry.name.startswith(".") and not entry.name.startswith(".env")
        if not (hidden or entry.name in _NOT_OURS or entry.is_symlink()):
            yield from _below(entry)


def _files(files: Iterable[Path], names: Names) -> Iterator[Mention]:
    for file in files:
        text = _text(file)
        if text is not None:
            yield from names.within(text, str(file))


def _text(file: Path) -> str | None:
    """What is written in a file. `None`: it is no text, too large, or may not be read."""
    try:
        if file.stat().st_size > _LARGEST:
            return None
        return file.read_text("utf-8")
    except UnicodeDecodeError:
        return None
    except OSError as error:
        say(f"{file} cannot be read: {error.strerror}.", "yellow")
        return None


def _print(found: list[Mention]) -> None:
    for mention in found:
        at = mention.place if mention.line is None else f"{mention.place}:{mention.line}"
        stdout().print(Text(at, "bold"), soft_wrap=True)
        stdout().print(Text.assemble(f"  {mention.text}  ", when(mention.leaving)))
        stdout().print(Text.assemble("  → ", heir(mention.leaving)))
    say(f"{len(found)} {'place' if len(found) == 1 else 'places'}; nothing was changed.")
