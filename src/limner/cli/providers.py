"""`limner providers`: who can be asked, and what is missing where nobody can."""

import asyncio
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from limner.assembly import Assembly
from limner.cli.contract import check_contract
from limner.cli.exits import Exit
from limner.cli.home import opened, settled
from limner.cli.keys import app as keys
from limner.cli.say import line, stdout
from limner.core.adapter import Profile
from limner.core.painter import Hires
from limner.engine.health.health import ProviderHealth
from limner.painters import registry as painters
from limner.providers import registry

app = typer.Typer(add_completion=False, rich_markup_mode="rich")
app.command("check-contract")(check_contract)
app.add_typer(keys, name="keys")


@dataclass(frozen=True, slots=True)
class Row:
    """One provider, or what paints here."""

    provider: str
    models: int
    usable: bool
    missing: str | None
    """Why it cannot be used. Absent: it can."""
    remedy: str | None
    available: bool
    """Whether it can be asked now."""
    unavailable_because: str | None
    layer: str | None
    """Where it was found so: key, flag, breaker, window or probe."""
    breaker: str
    """closed, open or half_open."""
    success_rate: float | None
    """Of this process's calls in the last hour. Absent: it made none."""
    flag: str | None
    """The variable that switches it off. Absent: it cannot be switched off."""
    enabled: bool
    key_names: list[str]
    key_set: bool
    key_optional: bool
    """Whether it can do without."""
    base_url: str | None
    base_url_name: str | None


@app.callback(invoke_without_command=True)
def providers(
    context: typer.Context,
    *,
    probe: Annotated[
        bool,
        typer.Option("--probe", help="Ask each one whether it is there and takes the key; this is free."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", metavar="", help="As JSON lines.")] = False,
) -> int:
    """List providers: whether they can be asked now, which variable holds the key, and where it leads."""
    if context.invoked_subcommand:
        return Exit.OK
    rows = asyncio.run(_rows(probe=probe))
    if json:
        for row in rows:
            line(asdict(row))
    else:
        _print(rows)
    return Exit.OK


async def _rows(*, probe: bool) -> list[Row]:
    async with opened(settled(new=False)) as limner:
        # Models of some are the user's to add.
        slugs = sorted({*limner.catalog.providers(), *registry.slugs(), *painters.slugs()})
        reports = await limner.health.report(slugs, probe=probe)
        return [_row(report, limner) for report in reports]


def _row(report: ProviderHealth, limner: Assembly) -> Row:
    slug = report.provider
    profile = _profile(slug)
    settings = limner.settings
    set_up = report.layer not in {"key", "flag"}
    return Row(
        provider=slug,
        models=sum(model.provider == slug for model in limner.catalog.all()),
        usable=set_up,
        missing=None if set_up else report.reason,
        remedy=report.remedy,
        available=report.available,
        unavailable_because=report.reason,
        layer=report.layer,
        breaker=report.breaker.state.value,
        success_rate=report.success_rate,
        flag=None if profile is None else settings.flag(slug),
        enabled=settings.enabled(slug),
        key_names=[] if profile is None else list(profile.key_names),
        key_set=profile is not None and settings.key(profile) is not None,
        key_optional=profile is not None and profile.key_optional,
        base_url=None if profile is None else settings.base_url(profile) or profile.base_url or None,
        base_url_name=None if profile is None else profile.base_url_name,
    )


def _profile(slug: str) -> Profile | None:
    """How it is reached and switched off. `None`: it paints in this process."""
    painter, adapter = painters.get(slug), registry.get(slug)
    if isinstance(painter, Hires):
        return painter.profile
    return None if adapter is None else adapter.profile


def _print(rows: list[Row]) -> None:
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in ("", "provider", "models", "key"):
        shown.add_column(column, no_wrap=True)
    shown.add_column("address", overflow="fold")
    for row in rows:
        shown.add_row(
            _sign(row),
            Text(row.provider, "bold"),
            str(row.models),
            _key(row),
            _address(row),
        )
    stdout().print(shown)
    for row in rows:
        if said := row.remedy or row.unavailable_because:
            stdout().print(f"{row.provider}: {said}", style="yellow", soft_wrap=True)


def _sign(row: Row) -> Text:
    if row.available:
        return Text("✓", "green")
    return Text("✗", "red") if row.usable else Text("·", "yellow")


def _key(row: Row) -> Text:
    if not row.enabled:
        return Text("switched off", "yellow")
    if not row.key_names:
        return Text("none needed" if row.flag is None else "as limner.toml says")
    if row.key_optional and not row.key_set:
        return Text(f"none, or {row.key_names[0]}")
    return Text(f"{row.key_names[0]} {'set' if row.key_set else 'not set'}", "" if row.key_set else "yellow")


def _address(row: Row) -> Text:
    if row.flag is None:
        return Text("in this process")
    if row.base_url is None and row.base_url_name is None:
        return Text("as limner.toml says")
    if row.base_url is None:
        return Text(f"{row.base_url_name} not set", "yellow")
    return Text(row.base_url)
