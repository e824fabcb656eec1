"""Probes for whoever runs the server: they cost nothing."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from limner.core.errors import UserError
from limner.server.gateway import gateway
from limner.server.metrics import MEDIA_TYPE
from limner.server.standing import ImageProviderOut, image_provider_of

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Whether the process answers")
async def healthy() -> dict[str, str]:
    """It does, if this arrives."""
    return {"status": "ok"}


@router.get("/readyz", summary="Whether it can take work")
async def ready(http: HttpRequest) -> dict[str, str | int]:
    """It can, once the catalog is loaded."""
    return {"status": "ready", "models": len(gateway(http).assembly.catalog.all())}


@router.get("/metrics", summary="Figures in Prometheus's text format", response_class=Response)
async def metrics(http: HttpRequest) -> Response:
    """Calls, times, costs, fallbacks and breakers of this process."""
    here = gateway(http)
    await here.assembly.health.refresh()
    return Response(here.figures.text(here.assembly.health.breakers()), media_type=MEDIA_TYPE)


@router.get(
    "/health-check/image-providers",
    summary="Which providers can be asked now, and why not the others",
    description="Key, flag, circuit breaker, what calls lately met, and a free probe that is made at most "
    "once in five minutes. Nothing of it buys anything.",
)
async def image_providers(
    http: HttpRequest, provider: Annotated[list[str] | None, Query(description="Only these.")] = None
) -> dict[str, ImageProviderOut]:
    """Every provider that has models here, by its slug."""
    here = gateway(http).assembly
    known = here.catalog.providers()
    for slug in provider or ():
        if slug not in known:
            raise UserError(
                f"There is no provider {slug!r}.",
                code="not_found",
                field="provider",
                remedy="`limner providers` lists those there are.",
            )
    reports = await here.health.report(list(provider or known), probe=True)
    return {report.provider: image_provider_of(report) for report in reports}
