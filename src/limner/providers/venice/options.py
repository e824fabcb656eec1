"""Venice's own options, by its names (OpenAPI document 20260821.193530). Each model takes a few."""

from typing import Annotated, Literal

from pydantic import Field

from limner.providers._shared.options import VendorOptions


class Options(VendorOptions):
    """What Venice takes besides the fields of every request."""

    safe_mode: bool | None = None
    """Have pictures for adults blurred. Absent: yes."""
    hide_watermark: bool | None = None
    embed_exif_metadata: bool | None = None
    """Have the prompt written into the picture's EXIF."""
    style_preset: str | None = None
    """A style by its name at Venice, which lists more than the catalog: see `Styles`."""
    lora_strength: Annotated[int, Field(ge=0, le=100)] | None = None
    """Of models that have weights added."""
    creativity: Annotated[float, Field(ge=0, le=0.02)] | None = None
    """How much detail an enlargement adds. Absent: 0.01."""
    moderation: Literal["auto", "low"] | None = None
    """Of the endpoint for OpenAI's clients: `low` does not blur."""
    response_format: Literal["b64_json", "url"] | None = None
    """Of the endpoint for OpenAI's clients. Venice's addresses are `data:` addresses."""
