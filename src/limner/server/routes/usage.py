"""`GET /api/v1/usage`: what was spent, as JSON or as CSV."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from limner.client.books import moment
from limner.ledger.usage import By, as_csv
from limner.server.accounts import UsageLineOut, usage_of
from limner.server.gateway import gateway
from limner.server.routes.runs import Moment

router = APIRouter(tags=["usage"])


@router.get(
    "/usage",
    summary="Say what was spent",
    response_model=list[UsageLineOut],
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def usage(
    http: HttpRequest,
    *,
    by: Annotated[
        list[By] | None, Query(description="What to group by, in order. Absent: one line over all.")
    ] = None,
    since: Moment = None,
    until: Moment = None,
    owner: Annotated[str | None, Query(description="Only what counts against this owner.")] = None,
    format: Literal["json", "csv"] = "json",  # noqa: A002 - the parameter's name
) -> list[UsageLineOut] | Response:
    """Add up what was spent. Calls that surely cost nothing are counted too."""
    groups = by or []
    lines = await gateway(http).assembly.books.usage(
        groups, since=moment(since, "since"), until=moment(until, "until"), owner=owner
    )
    if format == "json":
        return usage_of(groups, lines)
    name = {"content-disposition": 'attachment; filename="usage.csv"'}
    return Response(as_csv(groups, lines), media_type="text/csv", headers=name)
