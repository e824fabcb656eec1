"""Gemini's own options, by the names of its interactions (google-genai 3.4.0, 2026-11-16)."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from limner.providers._shared.options import VendorOptions

Category = Literal[
    "hate_speech",
    "dangerous_content",
    "harassment",
    "sexually_explicit",
    "civic_integrity",
]
Threshold = Literal["block_low_and_above", "block_medium_and_above", "block_only_high", "block_none", "off"]


class SafetySetting(BaseModel):
    """How strictly one kind of harm is filtered."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    type: Category
    threshold: Threshold


class Options(VendorOptions):
    """What Gemini takes besides the fields of every request."""

    safety_settings: list[SafetySetting] | None = None
    thinking_level: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None
    """How much is thought before painting; thoughts are billed as text."""
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None

    # Of interactions alone.
    background: bool | None = None
    """Have a ticket at once, from which a run that is killed goes on. Google then keeps the interaction."""
    store: bool | None = None
    """Whether Google keeps the interaction. Absent: not, unless it goes on in the background."""
