"""`GET /api/v1/providers`: who can be asked, and what is missing where nobody can."""

from fastapi import APIRouter
from starlette.requests import Request as HttpRequest

from limner.assembly import Assembly
from limner.core.models import Hosting
from limner.engine.health.health import ProviderHealth
from limner.server.gateway import gateway, title_of
from limner.server.standing import breaker_of, breakers_of
from limner.server.views import ProviderOut

router = APIRouter(tags=["models"])


@router.get("/providers", summary="List providers")
async def list_providers(http: HttpRequest) -> list[ProviderOut]:
    """Every provider that has models here, as far as is known without asking it."""
    here = gateway(http).assembly
    reports = await here.health.report(list(here.catalog.providers()))
    return [_provider(report, here) for report in reports]


def _provider(report: ProviderHealth, here: Assembly) -> ProviderOut:
    models = [model for model in here.catalog.all() if model.provider == report.provider]
    return ProviderOut(
        slug=report.provider,
        title=title_of(report.provider),
        hosting=models[0].hosting.value if models else Hosting.VENDOR.value,
        available=report.available,
        unavailable_because=report.reason,
        layer=report.layer,
        remedy=report.remedy,
        models=len(models),
        breaker=breaker_of(report.breaker),
        operations=breakers_of(report.operations),
        success_rate=report.success_rate,
        checked_at=report.checked_at,
    )
