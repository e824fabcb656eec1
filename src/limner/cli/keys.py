"""`limner providers keys`: an operator's keys at a provider that lets a program look after them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, TypeVar

import typer

from limner.cli.exits import Exit
from limner.cli.home import opened, settled
from limner.cli.say import line, say, stdout
from limner.client.books import amount
from limner.core.accounts import KeyWish, VendorKey
from limner.engine.accounts import Keys

app = typer.Typer(add_completion=False, rich_markup_mode="rich", help="Look after your keys at a provider.")

_T = TypeVar("_T")


class Each(StrEnum):
    """Over which time a limit counts."""

    DAY = "day"
    MONTH = "month"
    EVER = "ever"


Provider = Annotated[str, typer.Argument(metavar="PROVIDER", help="Such as venice.")]
Json = Annotated[bool, typer.Option("--json", metavar="", help="As JSON lines.")]


def _ask(provider: str, work: Callable[[Keys], Awaitable[_T]]) -> _T:
    async def ask() -> _T:
        async with opened(settled(new=False)) as limner:
            return await work(limner.keys_at(provider))

    return asyncio.run(ask())


@app.command("list")
def list_(provider: Provider, *, json: Json = False) -> int:
    """List the keys there are; their secrets cannot be seen again."""
    for key in _ask(provider, lambda keys: keys.list()):
        line(_plain(key)) if json else stdout().print(_told(key), soft_wrap=True)
    return Exit.OK


@app.command()
def create(
    provider: Provider,
    description: Annotated[str, typer.Argument(metavar="DESCRIPTION", help="For people.")],
    *,
    usd: Annotated[str | None, typer.Option(metavar="AMOUNT", help="The most it may spend.")] = None,
    each: Annotated[Each, typer.Option(help="Over which time that counts.")] = Each.MONTH,
    expires: Annotated[str | None, typer.Option(metavar="DATE", help="Its last day: 2027-01-31.")] = None,
    admin: Annotated[bool, typer.Option("--admin", metavar="", help="It may look after keys too.")] = False,
) -> int:
    """Make a key and print it. It is shown this once."""
    most = None if usd is None else amount(usd, "usd")
    wish = KeyWish(description, "admin" if admin else "inference", expires, most, each.value)
    made = _ask(provider, lambda keys: keys.create(wish))
    stdout().print(made.secret.reveal(), markup=False, highlight=False, soft_wrap=True)
    say(f"Its id is {made.id}. Keep the key: it is not shown again.")
    return Exit.OK


@app.command()
def delete(provider: Provider, key: Annotated[str, typer.Argument(metavar="ID", help="From list.")]) -> int:
    """Delete a key: nobody can use it any more."""
    _ask(provider, lambda keys: keys.delete(key))
    return Exit.OK


@app.command()
def limits(provider: Provider, *, json: Json = False) -> int:
    """Say how often the key in use may ask for what."""
    for one in _ask(provider, lambda keys: keys.limits()):
        told = f"{one.model}: {one.amount:f} {one.unit}"
        line({**asdict(one), "amount": f"{one.amount:f}"}) if json else stdout().print(told, soft_wrap=True)
    return Exit.OK


def _plain(key: VendorKey) -> dict[str, object]:
    return {name: f"{told:f}" if isinstance(told, Decimal) else told for name, told in asdict(key).items()}


def _told(key: VendorKey) -> str:
    limit = "" if key.usd is None else f", ${key.usd:f} at most"
    spent = "" if key.spent is None else f", ${key.spent:f} in seven days"
    return f"{key.id}  …{key.ends}  {key.kind}  {key.description}{limit}{spent}"
