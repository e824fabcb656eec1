"""`POST /api/v1/quote`: what a request would cost. Nothing is sent and nothing is uploaded."""

from fastapi import APIRouter
from starlette.requests import Request as HttpRequest

from limner.server.gateway import gateway
from limner.server.requests import quote_request
from limner.server.views import QuoteOut, note_of, price_of

router = APIRouter(tags=["prices"])


@router.post(
    "/quote",
    summary="Say what a request would cost",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/QuoteIn"}}},
        }
    },
)
async def quote(http: HttpRequest) -> QuoteOut:
    """Price a request."""
    quoted = await gateway(http).assembly.engine.quote(await quote_request(http))
    return QuoteOut(
        model=quoted.model.id,
        title=quoted.model.label,
        provider=quoted.model.provider,
        price=price_of(quoted.price),
        calls=quoted.calls,
        notes=[note_of(note) for note in quoted.notes],
    )
