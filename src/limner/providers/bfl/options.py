"""Black Forest Labs' own options, by its names (OpenAPI document, 2026-05-01). Each model takes a few."""

from typing import Annotated

from pydantic import Field

from limner.providers._shared.options import VendorOptions


class Options(VendorOptions):
    """What the models take besides the fields of every request."""

    prompt_upsampling: bool | None = None
    """Have the prompt written out before it is painted. Absent: the model's own habit."""
    safety_tolerance: Annotated[int, Field(ge=0, le=6)] | None = None
    """From 0, the strictest; FLUX.2 ends at 5. Absent: 2."""
    raw: bool | None = None
    """Less processed, more natural."""
