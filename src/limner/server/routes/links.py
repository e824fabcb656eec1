"""`GET /links/{tenant}/{digest}`: a picture, for whoever has its signed address, until that ends."""

from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from limner.pixels.kinds import Kind, kind_of
from limner.pixels.svg import is_svg
from limner.server.gateway import gateway
from limner.server.links import PATH, gone
from limner.storage.links import Link

router = APIRouter(tags=["links"])
_UNKNOWN: Final = "application/octet-stream"
_PICTURE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get(PATH + "/{tenant}/{digest}", summary="See a picture", response_model=None, responses=_PICTURE)
async def picture(tenant: str, digest: str, expires: int, signature: str, http: HttpRequest) -> Response:
    """The bytes as they were made. Who has the address needs nothing else."""
    linker = gateway(http).linker
    if linker is None:
        raise gone()
    link = Link(tenant, digest, expires, signature)
    data = await linker.bytes_at(link)
    kind = kind_of(data) or (Kind.SVG if is_svg(data) else None)
    # A drawing can hold a script, which a browser would run as a page of ours.
    how = "inline" if kind not in {None, Kind.SVG} else "attachment"
    ending = "bin" if kind is None else kind.value
    headers = {
        "content-disposition": f'{how}; filename="{digest[:12]}.{ending}"',
        "cache-control": f"private, max-age={linker.left(link)}, immutable",
        "cross-origin-resource-policy": "cross-origin",  # pages of other programs show it, too
    }
    return Response(data, media_type=_UNKNOWN if kind is None else kind.media_type, headers=headers)
