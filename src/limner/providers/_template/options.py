"""Easel's own options, by its names."""

from typing import Annotated, Literal

from pydantic import Field

from limner.providers._shared.options import VendorOptions


class Options(VendorOptions):
    """What Easel takes besides the fields of every request."""

    varnish: Literal["matt", "gloss"] | None = None
    """The finish of the picture."""
    layers: Annotated[int, Field(ge=1, le=8)] | None = None
    """How often it is painted over."""
