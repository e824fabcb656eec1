"""`limner recommend`: the best model for an operation and a picture, in a sentence."""

from pathlib import Path
from typing import Annotated

import typer

from limner.cli.asks import Ask, Source, Task
from limner.cli.desk import Desk
from limner.cli.exits import Exit
from limner.cli.groups import named, unknown
from limner.cli.say import line, say, tell
from limner.cli.verb import names
from limner.client import plain
from limner.client.inputs import is_url

app = typer.Typer(add_completion=False, rich_markup_mode="rich")


@app.command()
def recommend(  # noqa: PLR0917 - typer counts options by position
    operation: Annotated[str, typer.Argument(metavar="OPERATION", help="What is to be done: erase.")],
    image: Annotated[
        str | None, typer.Argument(metavar="[IMAGE]", help="The picture. Absent: a usual one.")
    ] = None,
    mask: Annotated[str | None, typer.Option(metavar="IMAGE", help="Where to paint.")] = None,
    quality: Annotated[
        str | None, typer.Option(metavar="TIER", help="draft, standard, high (the default) or ultra.")
    ] = None,
    max_cost: Annotated[str | None, typer.Option(metavar="DOLLARS", help="The most it may cost.")] = None,
    region: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Where pictures may be processed: eu.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", metavar="", help="As one line of JSON.")] = False,
) -> int:
    """Recommend a model that is set up. Nothing is sent, and nothing is charged.

    [dim]limner recommend erase photo.jpg --max-cost 0.05[/]
    """
    wanted = named(operation)
    if wanted is None:
        raise unknown("operation", operation, names())
    ask = Ask(wanted, (), {"quality": quality, "max_cost": max_cost, "region": region, "json": json})
    with Desk(ask) as desk:
        sources = () if image is None else (_source(image),)
        task = Task("", sources, None if mask is None else _source(mask))
        found = desk.wait(desk.limner.advice.recommend(desk.wait(desk.request(task))))
    if json:
        line(plain.recommendation(found))
        return Exit.OK
    tell(found.choice.model.id)
    say(f"  {found.sentence}")
    return Exit.OK


def _source(text: str) -> Source:
    return text if is_url(text) or text.startswith("data:") else Path(text)
