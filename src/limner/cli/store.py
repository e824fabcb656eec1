"""`limner store`: look after what Limner remembers."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from limner.assembly import names, store_of, tables
from limner.cli.exits import Exit
from limner.cli.home import settled
from limner.cli.say import line, say, size, stdout, tell
from limner.core.clock import SystemClock
from limner.core.errors import UserError
from limner.engine.books import nothing_remembered
from limner.settings import Settings

if TYPE_CHECKING:
    from limner.storage.standing import Standing
    from limner.storage.store import Store

T = TypeVar("T")
Json = Annotated[bool, typer.Option("--json", metavar="", help="As one line of JSON.")]
Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Of the backup.")]

app = typer.Typer(add_completion=False, rich_markup_mode="rich", no_args_is_help=True)


@app.callback()
def _store() -> None:
    """Look after what Limner remembers: runs, money, and the bytes of pictures.

    It is the store that LIMNER_STORE names, else the user's own. Check, sweep and backup work beside a
    running server.
    """


@app.command()
def check(json: Json = False) -> int:
    """Read all bytes that records name, and see that they are what was stored.

    Exit code 1: some are missing or damaged.
    """
    from limner.storage.integrity import check as look  # noqa: PLC0415 - what only those with a store need

    standing = _there()
    report = _with(lambda store: look(store.database, store.blobs, names()))
    if json:
        line({"store": standing.place, **asdict(report), "sound": report.sound})
        return Exit.OK if report.sound else Exit.SOME_FAILED
    for what, lost in (("missing", report.missing), ("damaged", report.damaged)):
        for tenant, digest in lost:
            stdout().print(f"{what}  {tenant}/{digest}", style="red", soft_wrap=True)
    if report.sound:
        tell(f"{standing.place}: everything is there ({_files(report.named)}).")
        return Exit.OK
    wrong = len(report.missing) + len(report.damaged)
    say(f"{standing.place}: {wrong} of {_files(report.named)} cannot be used.", "bold red")
    say("  A backup may have them: copy its folder `blobs` over the store's, and check again.", "yellow")
    return Exit.SOME_FAILED


@app.command()
def sweep(json: Json = False) -> int:
    """Remove bytes that no record names, as a killed process leaves them. The last day's are left alone."""
    from limner.storage.integrity import sweep as clean  # noqa: PLC0415 - as above

    _there()
    now = SystemClock().now()
    swept = _with(lambda store: clean(store.database, store.blobs, names(), now))
    if json:
        line(asdict(swept))
    else:
        tell(f"{_files(swept.count)} removed, {size(swept.size)}.")
    return Exit.OK


@app.command()
def backup(folder: Folder, json: Json = False) -> int:
    """Copy everything into a folder: one SQLite file and the bytes, whatever the store is.

    The store stays in use meanwhile. A folder that has an older backup's bytes gets only the new ones: remove
    its limner.db, and back up again. Keys are not in it.
    """
    from limner.storage.backup import back_up  # noqa: PLC0415 - as above

    standing = _there()
    say(f"Copying {standing.place} to {folder} …")
    copied = _with(lambda store: back_up(store, tables(), folder))
    if json:
        line(asdict(copied))
    else:
        tell(f"{copied.rows} records and {_files(copied.blobs)} copied.")
    return _told_missing(copied.missing)


@app.command()
def restore(folder: Folder, json: Json = False) -> int:
    """Copy a backup into a store that is empty and not in use: also to move from one kind to another.

    [dim]LIMNER_STORE=postgresql://limner@db/limner LIMNER_BLOBS=s3://pictures limner store restore backup/[/]
    """
    from limner.storage.backup import restore as bring_back  # noqa: PLC0415 - as above
    from limner.storage.store import address_of  # noqa: PLC0415 - as above

    say(f"Copying {folder} to {address_of(_url(settled())).render_as_string()} …")
    copied = _with(lambda store: bring_back(folder, store, tables()))
    if json:
        line(asdict(copied))
    else:
        tell(f"{copied.rows} records and {_files(copied.blobs)} restored.")
    return _told_missing(copied.missing)


@app.command()
def upgrade(json: Json = False) -> int:
    """Bring the records to the form that this Limner writes. Any other command does so by itself, too.

    No server may be running on a SQLite store meanwhile.
    """
    before = _there()
    _with(_nothing)
    after = _there()
    if json:
        line({"store": after.place, "before": before.revision, "after": after.revision})
    elif before.current:
        tell(f"{after.place} is at {after.revision}; there is nothing to do.")
    else:
        tell(f"{after.place} was brought from {before.revision} to {after.revision}.")
    return Exit.OK


async def _nothing(store: "Store") -> None:
    """Opening it was all."""


def _url(settings: Settings) -> str:
    if settings.store_url is None:
        raise nothing_remembered()
    return settings.store_url


def _there() -> "Standing":
    """The store, which must be there: looking after nothing would make an empty one.

    Raises:
        UserError: there is none.
    """
    from limner.storage.standing import standing  # noqa: PLC0415 - as above

    found = standing(_url(settled()))
    if found.revision is None:
        raise UserError(
            f"There is nothing at {found.place} yet.",
            code="no_store",
            field="store",
            remedy="The first picture makes it; LIMNER_STORE names another.",
        )
    return found


def _with(work: "Callable[[Store], Awaitable[T]]") -> T:
    async def run() -> T:
        store = await asyncio.to_thread(store_of, settled())
        try:
            return await work(store)
        finally:
            await store.aclose()

    return asyncio.run(run())


def _told_missing(missing: int) -> Exit:
    if not missing:
        return Exit.OK
    say(
        f"{_files(missing)} could not be read and are not in it; `limner store check` names them.", "bold red"
    )
    return Exit.SOME_FAILED


def _files(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"
