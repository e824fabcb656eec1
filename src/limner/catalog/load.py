"""Reading the catalog's data files, strictly: an unknown key or a wrong type is an error with its place.

A file `data/<provider>.toml`:

    provider = "openai"
    source = "https://…"            # where the facts were read; a model may name its own
    checked_on = 2026-11-21
    priority = 10                   # between equals, the lower number is tried first
    data_terms = "…"                # what the vendor says becomes of what it is sent

    [addresses]                     # where the vendor keeps pixels in one region; the usual one does not
    eu = "https://eu.api.example.com"

    [family.gpt]                    # facts that several models share
    [family.gpt.limits]
    n = 10

    [models."gpt-image-2"]          # a model: what `like` names, one or several, with its own facts over it
    like = "gpt"
    [[models."gpt-image-2".prices]]
    image = { tariffs = [{ amount = "0.04" }] }   # amounts are text, so that none passes through a float

Families that models of several providers share stand in `data/families.toml`. Sizes are text
(`1024x1536`), an ability is a table or `false` (which takes an inherited one away).
A user's `limner.toml` has the same `[models."provider/name"]`, laid over what is known field by
field (`like` may name any model), `[aliases]` with a model or a list of them, the preferred first,
and `[providers.<slug>]` with what an operator knows of all models of a provider:

    [providers.azure]
    regions = ["eu"]                # where this deployment processes pictures
    addresses = { us = "https://…" } # other addresses of it, each for one region
    classification = "internal"     # the most confidential material it may see

and, above all tables, `retired = "substitute"`: who names a dead model gets its successor, with a note.
"""

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

from pydantic import ValidationError

from limner.catalog.catalog import Catalog
from limner.catalog.schema import ModelSpec
from limner.core.errors import UserError
from limner.core.models import Model, Retired

Table = dict[str, Any]
_SHARED_KEYS: Final = frozenset({"source", "checked_on", "priority", "hosting", "addresses", "data_terms"})
_FILE_KEYS: Final = frozenset({"provider", "family", "models", *_SHARED_KEYS})
_OPERATOR_KEYS: Final = frozenset({"regions", "addresses", "classification", "data_terms"})
_ALIASES: Final = "aliases.toml"
_FAMILIES: Final = "families.toml"


def load(*files: Path, moved: Mapping[str, str] | None = None) -> Catalog:
    """Build the catalog: the data that comes with Limner, then the user's files over it in order.

    Args:
        files: `limner.toml` files. What is not `models`, `aliases`, `providers` or `retired` is not the
            catalog's and is left alone.
        moved: providers that the operator reaches at another address than the published, and at which.
            What is published of their addresses does not hold for it. Absent: none.

    Raises:
        UserError: a file cannot be read or says something wrong; file, key and remedy are named.

    Example:
        >>> "openai" in load().providers()
        True
    """
    tables, aliases = _packaged()
    if not files and not moved:
        return Catalog(_models(), aliases)
    tables, aliases = dict(tables), dict(aliases)
    changed: dict[str, str] = {}
    for name, table in _moved(tables, moved or {}):
        tables[name] = table
        changed[name] = f"catalog/data/{_split(name, '')[0]}.toml"
    named: dict[str, str] = {}
    retired: Retired | None = None
    for file in files:
        raw = _read(file)
        retired = _retired(raw, str(file)) or retired
        for name, facts in _known_of_providers(raw, tables, str(file)):
            tables[name] = _merge(tables[name], facts)
            changed[name] = str(file)
        for name, table in _tables(raw, "models", str(file)).items():
            _split(name, str(file))
            base = _theirs(file) if "like" in table else tables.get(name) or _theirs(file)
            tables[name] = _merge(
                base, _resolve(_with_files(table, file), tables, f'{file}: models."{name}"')
            )
            changed[name] = str(file)
        added = _aliases(raw, str(file))
        aliases |= added
        named |= dict.fromkeys(added, str(file))
    known = {model.id: model for model in _models()}
    for name, where in changed.items():
        known[name] = _model(name, tables[name], where)
    catalog = Catalog(known.values(), aliases, retired=retired)
    _check_links(catalog, changed, named)
    return catalog


def regional() -> tuple[str, ...]:
    """The providers of which regional addresses are published.

    Example:
        >>> regional()
        ('bfl',)
    """
    return tuple(sorted({model.provider for model in _models() if model.addresses}))


def _moved(tables: Mapping[str, Table], moved: Mapping[str, str]) -> list[tuple[str, Table]]:
    """The models of providers that lie elsewhere: they are where the operator says, and nothing is beside."""
    found: list[tuple[str, Table]] = []
    for name, table in tables.items():
        slug, _ = _split(name, "")
        if slug not in moved or not table.get("addresses"):
            continue
        there = [region for region, url in table["addresses"].items() if url == moved[slug].rstrip("/")]
        rest = {key: value for key, value in table.items() if key != "addresses"}
        found.append((name, {**rest, "regions": there} if there else rest))
    return found


@lru_cache(maxsize=1)
def _models() -> tuple[Model, ...]:
    tables, _ = _packaged()
    return tuple(
        _model(name, table, f"catalog/data/{_split(name, '')[0]}.toml") for name, table in tables.items()
    )


@lru_cache(maxsize=1)
def _packaged() -> tuple[Mapping[str, Table], Mapping[str, tuple[str, ...]]]:
    """All data files as tables by model id, inheritance resolved; and the aliases."""
    folder = resources.files("limner.catalog") / "data"
    files = sorted(folder.iterdir(), key=lambda entry: entry.name)
    toml = [file for file in files if file.name.endswith(".toml")]
    raw = {file.name: _parse(file.read_text("utf-8"), file.name) for file in toml}
    aliases = _aliases(raw.pop(_ALIASES), _ALIASES)
    common = _tables(raw.pop(_FAMILIES), "family", _FAMILIES)
    tables: dict[str, Table] = {}
    for name, table in raw.items():
        tables |= _provider(table, common, name)
    return MappingProxyType(tables), MappingProxyType(aliases)


def _provider(raw: Table, common: Mapping[str, Table], where: str) -> dict[str, Table]:
    _only(raw, _FILE_KEYS, where)
    slug = raw.get("provider")
    if not isinstance(slug, str):
        raise _wrong(where, "provider", "names no provider", 'Begin the file with `provider = "slug"`.')
    shared = {key: raw[key] for key in _SHARED_KEYS & raw.keys()}
    families = {**common, **_tables(raw, "family", where)}
    tables: dict[str, Table] = {}
    for name, table in _tables(raw, "models", where).items():
        merged = _resolve(table, families, f'{where}: models."{name}"')
        tables[f"{slug}/{name}"] = _merge(shared, merged)
    return tables


def _known_of_providers(raw: Table, tables: Mapping[str, Table], where: str) -> list[tuple[str, Table]]:
    """What an operator says of all models of a provider, by model."""
    found: list[tuple[str, Table]] = []
    for slug, facts in _tables(raw, "providers", where).items():
        _only(facts, _OPERATOR_KEYS, f"{where}: providers.{slug}")
        names = [name for name in tables if name.partition("/")[0] == slug]
        if not names:
            known = ", ".join(sorted({name.partition("/")[0] for name in tables}))
            raise _wrong(where, f"providers.{slug}", "is no provider", f"Known are: {known}.")
        found += [(name, facts) for name in names]
    return found


def _resolve(table: Table, known: Mapping[str, Table], where: str, depth: int = 0) -> Table:
    """Lay a table over those that its `like` names, each over the one before, and they over their own."""
    own = {key: value for key, value in table.items() if key != "like"}
    likes = table.get("like", [])
    base: Table = {}
    for like in cast("list[object]", likes if isinstance(likes, list) else [likes]):
        if not isinstance(like, str) or like not in known or depth > len(known):
            raise _wrong(
                where, "like", f"names {like!r}, which is not there", f"Name one of: {', '.join(known)}."
            )
        base = _merge(base, _resolve(known[like], known, where, depth + 1))
    return _merge(base, own)


def _merge(base: Table, over: Table) -> Table:
    """Lay one table over another: tables are merged key by key, everything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        tables = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = _merge(cast("Table", below), cast("Table", value)) if tables else value
    return merged


def _model(name: str, table: Table, where: str) -> Model:
    provider, bare = _split(name, where)
    try:
        return ModelSpec.model_validate(table).build(provider, bare)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the model"
        raise _wrong(
            where, f'models."{name}".{key}', f"is wrong: {first['msg']}", "Correct it, or leave the key out."
        ) from None


def _aliases(raw: Table, where: str) -> dict[str, tuple[str, ...]]:
    aliases: dict[str, tuple[str, ...]] = {}
    for name, target in _section(raw, "aliases", where).items():
        targets = cast("list[object]", target if isinstance(target, list) else [target])
        if not targets or not all(isinstance(one, str) and "/" in one for one in targets):
            raise _wrong(
                where, f"aliases.{name}", "names no model", 'Write "provider/name", or a list of such.'
            )
        aliases[name.strip().lower()] = tuple(str(one) for one in targets)
    return aliases


def _retired(raw: Table, where: str) -> Retired | None:
    value = raw.get("retired")
    known = {each.value: each for each in Retired}
    if value is not None and value not in known:
        raise _wrong(where, "retired", f"is {value!r}", f"Write one of: {', '.join(known)}.")
    return known.get(str(value))


def _check_links(catalog: Catalog, changed: Mapping[str, str], named: Mapping[str, str]) -> None:
    """Refuse names that lead nowhere, among the models and aliases that users' files have put there."""
    add = "Correct the name, or add the model under [models]."
    for name, where in changed.items():
        model = catalog.get(name)
        heir = model.successor if model else None
        if heir is not None and catalog.get(heir) is None:
            raise _wrong(where, f'models."{name}".successor', f"names {heir!r}, which is not known", add)
    for name, where in named.items():
        for target in catalog.aliases[name]:
            if catalog.get(target) is None:
                raise _wrong(where, f"aliases.{name}", f"leads to {target!r}, which is not known", add)


def _section(raw: Table, name: str, where: str) -> dict[str, Any]:
    section = raw.get(name, {})
    if not isinstance(section, dict):
        raise _wrong(where, name, "is not a table", f"Write it as [{name}].")
    return cast("dict[str, Any]", section)


def _tables(raw: Table, name: str, where: str) -> dict[str, Table]:
    section = _section(raw, name, where)
    for key, value in section.items():
        if not isinstance(value, dict):
            raise _wrong(where, f'{name}."{key}"', "is not a table", f'Write it as [{name}."{key}"].')
    return section


def _only(raw: Table, keys: frozenset[str], where: str) -> None:
    for key in raw.keys() - keys:
        raise _wrong(where, key, "is not known", f"Known are: {', '.join(sorted(keys))}.")


def _split(name: str, where: str) -> tuple[str, str]:
    provider, slash, bare = name.partition("/")
    if not (slash and provider and bare):
        raise _wrong(where, f'models."{name}"', "is no model id", "Write it as provider/name.")
    return provider, bare


def _with_files(table: Table, file: Path) -> Table:
    """A table with what `graph_file` names, beside the file it stands in, read into `graph`."""
    found: Table = {}
    for key, value in table.items():
        if key == "graph_file":
            found["graph"] = _text(file.parent / str(value))
        else:
            found[key] = _with_files(cast("Table", value), file) if isinstance(value, dict) else value
    return found


def _theirs(file: Path) -> Table:
    """Where a user's own model comes from, unless it says so itself: the file, as of its last change."""
    changed = datetime.fromtimestamp(file.stat().st_mtime, UTC).date()
    return {"source": str(file), "checked_on": changed}


def _read(file: Path) -> Table:
    return _parse(_text(file), str(file))


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(
            str(file), "", f"cannot be read ({error})", "Check the path and its permissions."
        ) from None


def _parse(text: str, where: str) -> Table:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(where, "", f"is not TOML: {error}", "Correct the place it names.") from None


def _wrong(where: str, key: str, what: str, remedy: str) -> UserError:
    place = f"{where}: {key}" if key else where
    return UserError(f"{place} {what}.", code="invalid_catalog", field=key or None, remedy=remedy)
