"""The painter's data files, read once."""

import functools
import json
import lzma
import tomllib
from importlib.resources import files
from typing import Any, cast

_DATA = files("limner.painters.embedded") / "data"


@functools.cache
def table(name: str) -> dict[str, Any]:
    """A TOML file of `data/`, by its name without the ending."""
    return tomllib.loads((_DATA / f"{name}.toml").read_text("utf-8"))


@functools.cache
def packed(name: str) -> dict[str, Any]:
    """A compressed JSON file of `data/`, by its name without the ending."""
    return cast("dict[str, Any]", json.loads(lzma.decompress((_DATA / f"{name}.json.xz").read_bytes())))
