"""`GET /v1/models`, as OpenAI lists them."""

from datetime import UTC, datetime, time

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request as HttpRequest

from limner.core.errors import UserError
from limner.core.models import Lifecycle, Model
from limner.server.gateway import gateway

router = APIRouter(tags=["openai"])


class ListedModel(BaseModel):
    """A model as OpenAI lists one."""

    id: str
    object: str = "model"
    created: int
    owned_by: str


class ModelList(BaseModel):
    """All of them."""

    object: str = "list"
    data: list[ListedModel]


@router.get("/models", summary="List models as OpenAI does")
async def list_models(http: HttpRequest) -> ModelList:
    """Every model that still answers."""
    models = gateway(http).assembly.catalog.all()
    return ModelList(data=[_listed(model) for model in models if model.lifecycle is not Lifecycle.RETIRED])


@router.get("/models/{name:path}", summary="Look a model up as OpenAI does")
async def one_model(name: str, http: HttpRequest) -> ListedModel:
    """One model, by full id, bare name or alias."""
    here = gateway(http)
    return _listed(here.assembly.catalog.find(name, today=here.assembly.clock.now().date()))


@router.delete("/models/{name:path}", summary="Refused: models are not the caller's")
async def delete_model(name: str) -> None:
    """Nobody's fine-tune lies here."""
    raise UserError(
        f"{name} is not yours to delete.",
        code="method_not_allowed",
        remedy="The catalog belongs to whoever runs Limner.",
    )


def _listed(model: Model) -> ListedModel:
    # OpenAI gives the day a model was made; what is known here is the day it was looked at.
    created = datetime.combine(model.checked_on, time(), UTC)
    return ListedModel(id=model.id, created=int(created.timestamp()), owned_by=model.provider)
