"""`limner providers check-contract`: whether our adapters speak as the providers' documents say."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from limner.assembly import Assembly
from limner.cli.exits import Exit
from limner.cli.groups import unknown
from limner.cli.home import opened, settled
from limner.cli.say import line, say, stdout
from limner.conformance.check import Report, check
from limner.conformance.document import Document
from limner.core.errors import UserError
from limner.providers import registry

_WEB: Final = ("http://", "https://")


def check_contract(
    provider: Annotated[
        str | None, typer.Argument(metavar="[PROVIDER]", help="Only this one.", show_default=False)
    ] = None,
    spec: Annotated[
        str | None,
        typer.Option(metavar="FILE|URL", help="A newer OpenAPI document of that provider, as JSON."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", metavar="", help="As JSON lines.")] = False,
) -> int:
    """Compare the calls we build with what providers publish, and try the rules that every adapter keeps.

    Nothing is sent to a provider, and no key is needed. A provider that publishes no document is tried by the
    rules alone. With --spec, what a newer document changes is said, and where our calls no longer fit it.

    [dim]limner providers check-contract venice --spec swagger.json[/]
    """
    slugs = registry.slugs()
    if provider is not None and provider not in slugs:
        raise unknown("provider", provider, list(slugs))
    if spec is not None and provider is None:
        raise UserError(
            "A document is of one provider.",
            code="missing_provider",
            field="provider",
            remedy=f"Name it: limner providers check-contract PROVIDER --spec {spec}",
        )
    reports = asyncio.run(_reports(provider, spec))
    if json:
        for one in reports:
            line(asdict(one))
    else:
        _print(reports)
    return Exit.SOME_FAILED if any(one.problems for one in reports) else Exit.OK


async def _reports(provider: str | None, spec: str | None) -> list[Report]:
    async with opened(settled(new=False)) as limner:
        given = None if spec is None else await _read(spec, limner)
        models = limner.catalog.all()
        found: list[Report] = []
        for slug, adapter in registry.load_all().items():
            if provider in {None, slug}:
                own = [model for model in models if model.provider == slug]
                beside = Document.bundled(slug)
                newer = None if given is None else Document.parse(given, beside=beside)
                found.append(check(adapter, own, spec=newer))
        return found


async def _read(spec: str, limner: Assembly) -> bytes:
    if spec.startswith(_WEB):
        return await limner.engine.fetch(spec)
    try:
        return await asyncio.to_thread(Path(spec).read_bytes)
    except OSError as error:
        raise UserError(
            f"{spec} cannot be read: {error.strerror}.",
            code="unreadable_spec",
            field="spec",
            remedy="Name a file, or an address that starts with https://.",
        ) from None


def _print(reports: list[Report]) -> None:
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in ("", "provider", "calls", "document"):
        shown.add_column(column, no_wrap=True, justify="right" if column == "calls" else "left")
    shown.add_column("")
    for one in reports:
        shown.add_row(
            Text("✗", "red") if one.problems else Text("✓", "green"),
            Text(one.provider, "bold"),
            str(one.calls),
            Text(one.document) if one.document else Text("none: rules only", "dim"),
            Text(f"{len(one.problems)} to look at" if one.problems else "conforms"),
        )
    stdout().print(shown)
    for one in reports:
        for text in one.problems:
            stdout().print(f"{one.provider}: {text}", style="yellow", soft_wrap=True)
        for text in one.news:
            stdout().print(f"{one.provider}: {text}", style="dim", soft_wrap=True)
    wrong = sum(len(one.problems) for one in reports)
    say(
        f"{wrong} to look at." if wrong else "Every adapter conforms." if len(reports) > 1 else "It conforms."
    )
