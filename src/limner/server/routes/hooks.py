"""`POST /hooks/{provider}`: providers call when work is done. It wakes the poll; nothing else is believed."""

from fastapi import APIRouter
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from limner.core.optional import Hook
from limner.server.gateway import gateway

router = APIRouter(include_in_schema=False)


@router.post("/hooks/{provider}", status_code=202)
async def ring(provider: str, http: HttpRequest) -> Response:
    """Take a provider's call, if it proves to be one."""
    hook = Hook({name.lower(): value for name, value in http.headers.items()}, await http.body())
    await gateway(http).assembly.bell.ring(provider, hook)
    return Response(status_code=202)
