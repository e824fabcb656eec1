"""`GET /api/v1/models`: what exists, what it can do, what it costs and whether it can be used now."""

from fastapi import APIRouter
from starlette.requests import Request as HttpRequest

from limner.catalog.bands import band
from limner.catalog.typical import typical_price
from limner.core.models import Ability, Lifecycle, Model
from limner.core.operations import Operation
from limner.server.gateway import Gateway, gateway, title_of
from limner.server.views import AbilityOut, ModelOut, price_of

router = APIRouter(tags=["models"])


@router.get("/models", summary="List models")
async def list_models(http: HttpRequest, operation: str | None = None) -> list[ModelOut]:
    """Every model, retired ones too, by the order in which Limner tries them."""
    here = gateway(http)
    return [
        _model(model, here)
        for model in here.assembly.catalog.all()
        if operation is None or operation in {each.value for each in model.abilities}
    ]


@router.get("/models/{name:path}", summary="Look a model up")
async def one_model(name: str, http: HttpRequest) -> ModelOut:
    """One model, by full id, bare name or alias."""
    here = gateway(http)
    return _model(here.assembly.catalog.find(name, today=here.assembly.clock.now().date()), here)


def _model(model: Model, here: Gateway) -> ModelOut:
    problem = here.problem_with(model.provider)
    free = model.sizes.free
    return ModelOut(
        id=model.id,
        title=model.label,
        provider=model.provider,
        provider_title=title_of(model.provider),
        description=model.description,
        tier=model.tier.value,
        lifecycle=model.lifecycle.value,
        shutdown_on=None if model.shutdown_on is None else model.shutdown_on.isoformat(),
        successor=model.successor,
        hosting=model.hosting.value,
        regions=list(model.regions),
        addresses=dict(model.addresses),
        classification=None if model.classification is None else model.classification.value,
        data_terms=model.data_terms,
        licence=model.licence,
        available=problem is None and model.lifecycle is not Lifecycle.RETIRED,
        unavailable_because=None if problem is None else problem.message,
        remedy=None if problem is None else problem.remedy,
        operations={
            operation.value: _ability(model, operation, able) for operation, able in model.abilities.items()
        },
        sizes=[str(size) for size in model.sizes.fixed],
        default_size=None if model.sizes.default is None else str(model.sizes.default),
        free_sizes=free is not None,
        most_edge=None if free is None else free.most_edge,
        n=model.limits.n,
        qualities=[tier.value for tier in model.limits.qualities],
        negative_prompt=model.limits.negative_prompt is not None,
        seed=model.limits.seed is not None,
        references=model.limits.references,
        partial_images=model.limits.partial_images or 0,
        source=model.source,
        checked_on=model.checked_on.isoformat(),
    )


def _ability(model: Model, operation: Operation, able: Ability) -> AbilityOut:
    price = typical_price(model, operation)
    found = band(price)
    return AbilityOut(
        prompt=able.prompt.value,
        images=able.images,
        mask=able.mask.value,
        price=None if price is None else price_of(price),
        band=None if found is None else found.value,
    )
