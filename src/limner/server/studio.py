"""Serves the studio: one page and its assets, built by `make web`."""

from functools import partial
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC: Final = Path(__file__).parent / "static"

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; "
    "img-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""The page runs only what it was built with, and talks to nobody but this server."""

_BESIDE: Final = ("theme.js", "favicon.svg")
"""What lies beside the page, under names that never change."""

_NOT_BUILT: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Limner</title>
<h1>The studio is not built</h1>
<p>Run <code>make web</code> in the checkout, then load this page again.</p>
<p>Everything else works: <a href="/api/v1/openapi.json">/api/v1/openapi.json</a> lists it.</p>
"""


class _Assets(StaticFiles):
    """Files with names that change with their contents, so that they may be kept for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def mount(app: FastAPI, folder: Path = STATIC) -> None:
    """Put the studio at `/`.

    Args:
        app: the server.
        folder: where it was built. It need not exist; the page then says how to build it.
    """
    page = folder / "index.html"

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def studio() -> Response:
        headers = {"content-security-policy": POLICY, "cache-control": "no-cache"}
        if not page.is_file():
            return HTMLResponse(_NOT_BUILT, 503, headers=headers)
        return FileResponse(page, media_type="text/html; charset=utf-8", headers=headers)

    async def beside(name: str) -> Response:
        file = folder / name
        if not file.is_file():
            raise HTTPException(404)
        return FileResponse(file, headers={"cache-control": "no-cache"})

    for name in _BESIDE:
        app.add_api_route(f"/{name}", partial(beside, name), include_in_schema=False)
    app.mount("/assets", _Assets(directory=folder / "assets", check_dir=False), name="assets")
