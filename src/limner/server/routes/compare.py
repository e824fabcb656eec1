"""`POST /api/v1/compare`: several models are asked the same. `POST /api/v1/lineup`: for how much."""

import asyncio
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from limner.core.requests import Request
from limner.core.results import Result
from limner.server import problems
from limner.server.answers import cost_header
from limner.server.comparisons import ComparisonOut, LineupOut, candidate_of, comparison_answer
from limner.server.gateway import caller, gateway, lease
from limner.server.requests import compare_request, lineup_request
from limner.server.runs import followed, while_there
from limner.server.views import price_of

router = APIRouter(tags=["compare"])


def _body(shape: str) -> dict[str, Any]:
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{shape}"}}},
        }
    }


_COMPARE: Final = _body("CompareIn")
_LINEUP: Final = _body("LineupIn")


@router.post(
    "/compare",
    summary="Ask several models the same at once",
    description="One that fails does not stop the others, and none takes another's place. `max_cost` is for "
    "all together. `sheet` and `report` add a contact sheet and a page of HTML.",
    response_model=None,
    responses={200: {"model": ComparisonOut}},
    openapi_extra=_COMPARE,
)
async def compare(http: HttpRequest) -> Response:
    """Compare models."""
    here = gateway(http)
    request, asked = await compare_request(http, here.assembly.engine.fetch)
    lineup = await here.assembly.comparer.line_up(request, asked.models)

    async def carry(one: Request) -> Result:
        return await followed(here.runs.start(one, caller(http), lease(http)))

    task = asyncio.create_task(here.assembly.comparer.compare(lineup, carry))
    comparison = await while_there(http, task, task.cancel)
    body = await comparison_answer(comparison, asked, problems.request_id(http.scope))
    headers = {"x-limner-cost": cost_header(comparison.cost)}
    return Response(body, media_type="application/json", headers=headers)


@router.post("/lineup", summary="Say what a comparison would cost", openapi_extra=_LINEUP)
async def lineup(http: HttpRequest) -> LineupOut:
    """Price a comparison. Nothing is sent and nothing is uploaded."""
    request, asked = await lineup_request(http)
    found = await gateway(http).assembly.comparer.line_up(request, asked.models)
    return LineupOut(price=price_of(found.price), candidates=list(map(candidate_of, found.candidates)))
