"""How providers stand, in the two shapes that are asked for."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from limner.engine.health.health import BreakerView, ProviderHealth


class BreakerOut(BaseModel):
    """A circuit breaker."""

    state: str = Field(description="closed, open or half_open")
    failures: int = Field(description="Those that count now.")
    retry_at: datetime | None = Field(description="When it is tried next. Absent: calls pass.")


def breaker_of(view: BreakerView) -> BreakerOut:
    """A breaker as it is shown."""
    return BreakerOut(state=view.state.value, failures=view.failures, retry_at=view.retry_at)


def breakers_of(views: Mapping[str, BreakerView]) -> dict[str, BreakerOut]:
    """Breakers by operation, as they are shown."""
    return {operation: breaker_of(view) for operation, view in views.items()}


class _Camel(BaseModel):
    """Names as the programs that ask for this write them."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class CamelBreakerOut(_Camel):
    """A circuit breaker."""

    state: str = Field(description="closed, open or half_open")
    failures: int
    retry_at: datetime | None


class LayersOut(_Camel):
    """What was looked at, from what is looked at first."""

    key: bool
    flag: bool
    breaker: CamelBreakerOut
    operations: dict[str, CamelBreakerOut] = Field(description="Breakers of single operations.")


class ImageProviderOut(_Camel):
    """Whether images can be had from a provider now, and why not."""

    available: bool
    reason: str | None
    layers: LayersOut
    success_rate: float | None = Field(description="Of the last hour's calls here, 0..1. Absent: none.")
    checked_at: datetime


def image_provider_of(health: ProviderHealth) -> ImageProviderOut:
    """A provider as the health check shows it."""
    return ImageProviderOut(
        available=health.available,
        reason=health.reason,
        layers=LayersOut(
            key=health.key,
            flag=health.flag,
            breaker=_camel(health.breaker),
            operations={operation: _camel(view) for operation, view in health.operations.items()},
        ),
        success_rate=health.success_rate,
        checked_at=health.checked_at,
    )


def _camel(view: BreakerView) -> CamelBreakerOut:
    return CamelBreakerOut(state=view.state.value, failures=view.failures, retry_at=view.retry_at)
