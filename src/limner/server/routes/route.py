"""`POST /api/v1/route` and `GET /api/v1/recommendation`: who would do it. Nothing is sent to a provider."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request as HttpRequest

from limner.catalog.bands import band
from limner.policy.routing.candidates import Choice, LeftOut
from limner.server.gateway import caller, gateway
from limner.server.requests import recommendation_request, route_request
from limner.server.views import NoteOut, PriceOut, note_of, price_of

router = APIRouter(tags=["routing"])


class ChoiceOut(BaseModel):
    """A model that may do it."""

    model: str
    provider: str
    title: str
    tier: str
    score: float = Field(description="Higher is better; comparable within one answer.")
    price: PriceOut
    band: str | None = Field(description="budget, mid or premium. Absent: the price is unknown.")
    reason: str
    regions: list[str] = Field(description="Where the pixels would be processed. Empty: it is not known.")
    address: str | None = Field(
        description="The regional address that would be called. Absent: its provider's usual one."
    )
    classification: str | None = Field(
        description="The most confidential material it is cleared for. Absent: nobody has cleared it."
    )
    data_terms: str = Field(
        description="What the vendor says becomes of what it is sent. Empty: it does not say."
    )


class LeftOutOut(BaseModel):
    """A model that may not, or cannot."""

    model: str
    provider: str
    code: str
    reason: str


class RouteOut(BaseModel):
    """Every model once."""

    best: ChoiceOut | None = Field(description="Who would be tried first. Absent: nobody can do it.")
    chosen: list[ChoiceOut] = Field(description="The candidates, in the order in which they are tried.")
    left_out: list[LeftOutOut]
    notes: list[NoteOut] = Field(description="That another model is meant than the dead one that is named.")


class RecommendationOut(BaseModel):
    """What a person is advised to take."""

    sentence: str
    choice: ChoiceOut
    cheaper: ChoiceOut | None = Field(description="The best that costs less. Absent: nothing does.")


@router.post(
    "/route",
    summary="Say who would serve a request, and why not the others",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RouteIn"}}},
        }
    },
)
async def route(http: HttpRequest) -> RouteOut:
    """Route a request without carrying it out."""
    advice = gateway(http).assembly.advice
    ranking = await advice.explain(await route_request(http), caller=caller(http))
    return RouteOut(
        best=None if ranking.best is None else _choice(ranking.best),
        chosen=[_choice(choice) for choice in ranking.chosen],
        left_out=[_left_out(each) for each in ranking.left_out],
        notes=[note_of(note) for note in ranking.notes],
    )


class Advice(BaseModel):
    """What advice is asked for."""

    model_config = ConfigDict(extra="forbid")

    operation: str
    image_size: str | None = Field(default=None, description="Of the picture: 1024x768.")
    mask_box: str | None = Field(
        default=None,
        description="What a mask covers: left,top,right,bottom in pixels. Absent: no mask will come.",
    )
    quality: str | None = None
    max_cost: Decimal | None = Field(default=None, description="US dollars.")
    regions: str | None = Field(default=None, description="Separated by commas.")
    classification: str | None = None


@router.get("/recommendation", summary="Recommend a model for an operation and a picture")
async def recommendation(http: HttpRequest, advice: Annotated[Advice, Query()]) -> RecommendationOut:
    """The best model that is set up, and why, in a sentence."""
    given = advice.model_dump(exclude_none=True, exclude={"image_size"})
    sizes = [] if advice.image_size is None else [advice.image_size]
    request = recommendation_request({**given, "image_sizes": sizes})
    found = await gateway(http).assembly.advice.recommend(request, caller=caller(http))
    return RecommendationOut(
        sentence=found.sentence,
        choice=_choice(found.choice),
        cheaper=None if found.cheaper is None else _choice(found.cheaper),
    )


def _choice(choice: Choice) -> ChoiceOut:
    found = band(choice.price)
    return ChoiceOut(
        model=choice.model.id,
        provider=choice.model.provider,
        title=choice.model.label,
        tier=choice.model.tier.value,
        score=choice.score,
        price=price_of(choice.price),
        band=None if found is None else found.value,
        reason=choice.reason,
        regions=list(choice.regions),
        address=choice.address,
        classification=None if choice.model.classification is None else choice.model.classification.value,
        data_terms=choice.model.data_terms,
    )


def _left_out(each: LeftOut) -> LeftOutOut:
    return LeftOutOut(model=each.model.id, provider=each.model.provider, code=each.code, reason=each.reason)
