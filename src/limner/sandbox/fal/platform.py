"""fal's platform API: models, prices, estimates, meta."""

from decimal import Decimal
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from limner.sandbox.desk import Rejection, Route
from limner.sandbox.fal.auth import authenticated
from limner.sandbox.fal.endpoints import Endpoint, endpoints
from limner.sandbox.fal.prices import unit_price
from limner.sandbox.fal.storage import object_of

_MOST_IDS: Final = 50
_PAGE: Final = 20


def routes() -> tuple[Route, ...]:
    """The addresses."""
    return (
        Route("GET", "/api/v1/models", models),
        Route("GET", "/api/v1/models/pricing", pricing),
        Route("POST", "/api/v1/models/pricing/estimate", estimate),
        Route("GET", "/api/v1/meta", meta),
    )


def _error(status: int, kind: str, message: str) -> Rejection:
    return Rejection(JSONResponse({"error": {"type": kind, "message": message}}, status))


def _ids(request: Request) -> list[str]:
    listed = request.query_params.getlist("endpoint_id")
    return [id_ for text in listed for id_ in text.split(",") if id_]


def _find(id_: str) -> Endpoint:
    found = endpoints().get(id_)
    if found is None:
        raise _error(404, "not_found", f"Endpoint not found: {id_}")
    return found


async def models(request: Request) -> Response:
    """Models, by page, by id or by search."""
    query = request.query_params
    wanted = [_find(id_) for id_ in _ids(request)] or list(endpoints().values())
    wanted = [one for one in wanted if query.get("q", "") in one.id]
    wanted = [one for one in wanted if query.get("category") in {None, one.operation}]
    try:
        start, limit = int(query.get("cursor", "0")), int(query.get("limit", _PAGE))
    except ValueError:
        raise _error(400, "validation_error", "limit and cursor must be what was given") from None
    if limit < 1:
        raise _error(400, "validation_error", "limit must be at least 1")
    more = start + limit < len(wanted)
    return JSONResponse(
        {
            "models": [_shown(one) for one in wanted[start : start + limit]],
            "next_cursor": str(start + limit) if more else None,
            "has_more": more,
        }
    )


def _shown(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "endpoint_id": endpoint.id,
        "metadata": {
            "display_name": endpoint.id.rpartition("/")[2],
            "category": endpoint.operation,
            "description": endpoint.id,
            "status": "active",
            "tags": [],
            "updated_at": "2026-11-21T00:00:00Z",
            "is_favorited": None,
            "thumbnail_url": "",
            "model_url": f"https://fal.run/{endpoint.id}",
            "date": "2026-11-21T00:00:00Z",
            "highlighted": False,
            "pinned": False,
        },
    }


async def pricing(request: Request) -> Response:
    """Unit prices of 1..50 endpoints."""
    authenticated(request)
    ids = _ids(request)
    if not 1 <= len(ids) <= _MOST_IDS:
        raise _error(400, "validation_error", f"Give 1 to {_MOST_IDS} endpoint ids")
    prices: list[dict[str, Any]] = []
    for id_ in ids:
        amount, unit = unit_price(_find(id_))
        prices.append({"endpoint_id": id_, "unit_price": float(amount), "unit": unit, "currency": "USD"})
    return JSONResponse({"prices": prices, "next_cursor": None, "has_more": False})


async def estimate(request: Request) -> Response:
    """What quantities would cost at the unit prices."""
    authenticated(request)
    body = await object_of(request)
    kind, wanted = body.get("estimate_type"), body.get("endpoints")
    quantity = {"unit_price": "unit_quantity", "historical_api_price": "call_quantity"}.get(str(kind))
    if quantity is None or not isinstance(wanted, dict):
        raise _error(400, "validation_error", "estimate_type and endpoints are required")
    total = Decimal(0)
    for id_, asked in cast("dict[str, Any]", wanted).items():
        number = cast("dict[str, Any]", asked).get(quantity) if isinstance(asked, dict) else None
        if not isinstance(number, int | float) or number <= 0:
            raise _error(400, "validation_error", f"{quantity} must be positive")
        total += unit_price(_find(id_))[0] * Decimal(str(number))
    return JSONResponse({"estimate_type": kind, "total_cost": float(total), "currency": "USD"})


async def meta(request: Request) -> Response:
    """Where webhooks come from."""
    return JSONResponse({"webhook_ip_ranges": ["127.0.0.1/32"]})
