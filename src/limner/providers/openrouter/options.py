"""OpenRouter's own options, by its names (OpenAPI document of 2026-08-22, client 1.3.84)."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from limner.providers._shared.options import VendorOptions


class Routing(BaseModel):
    """Which vendors may serve, by OpenRouter's names for them."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    order: list[str] | None = None
    """To be tried in this order."""
    only: list[str] | None = None
    ignore: list[str] | None = None
    sort: Literal["price", "throughput", "latency"] | None = None
    allow_fallbacks: bool | None = None
    """Whether others may serve when these cannot. Absent: yes."""
    options: dict[str, dict[str, Any]] | None = None
    """What a vendor takes besides, by its name: `{"black-forest-labs": {"steps": 40}}`."""


class Options(VendorOptions):
    """What OpenRouter takes besides the fields of every request."""

    provider: Routing | None = None
    session_id: Annotated[str, Field(max_length=256)] | None = None
    """Under which its log shows several requests together."""
