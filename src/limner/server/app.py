"""Puts the server together."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import ASGIApp

import limner
from limner.assembly import Assembly, links_of
from limner.core.errors import Error, UserError
from limner.server import problems, studio
from limner.server.bodies import Bodies, Limits
from limner.server.document import document
from limner.server.envelope import Envelope
from limner.server.gateway import Gateway
from limner.server.guard import LoopbackGuard
from limner.server.links import Linker
from limner.server.log import Log
from limner.server.metrics import Figures
from limner.server.openai import images as openai_images
from limner.server.openai import models as openai_models
from limner.server.routes import (
    budgets,
    compare,
    health,
    hooks,
    links,
    models,
    providers,
    quote,
    route,
    run,
    runs,
    usage,
)
from limner.server.runs import ClientGone, Runs
from limner.settings import Settings

API: Final = "/api/v1"


def create_app(assembly: Assembly, settings: Settings, *, limits: Limits | None = None) -> ASGIApp:
    """Build the server.

    Args:
        assembly: engine and catalog; closed when the server stops.
        settings: the operator's.
        limits: how much it takes in. Absent: the usual.

    Returns:
        An ASGI application that admits requests from this machine only.
    """
    app = api()
    figures = Figures()
    for watcher in (figures, Log()):
        assembly.signals.subscribe(watcher.hear)
    linker = _linker(assembly, settings)
    app.state.gateway = Gateway(assembly, settings, Runs(assembly.engine), figures, linker)
    studio.mount(app)
    return Envelope(LoopbackGuard(Bodies(app, limits or Limits())))


def _linker(assembly: Assembly, settings: Settings) -> Linker | None:
    if assembly.memory is None:
        return None
    links = links_of(settings)
    return None if links is None else Linker(assembly, settings, links, assembly.memory.store.blobs)


def api() -> FastAPI:
    """The routes with their OpenAPI document, without anything behind them."""
    app = FastAPI(
        title="Limner",
        version=limner.__version__,
        summary="Makes and edits images through every image provider behind one vocabulary.",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,  # both pages load scripts from another host
        redoc_url=None,
        lifespan=_lifespan,
    )
    for room in (run, runs, compare, usage, budgets, quote, route, models, providers):
        app.include_router(room.router, prefix=API)
    app.include_router(health.router)
    app.include_router(hooks.router)
    app.include_router(links.router)
    app.include_router(openai_images.router, prefix="/v1")
    app.include_router(openai_models.router, prefix="/v1")
    app.openapi = lambda: document(app)
    app.add_exception_handler(Error, _failed)
    app.add_exception_handler(HTTPException, _failed)
    app.add_exception_handler(RequestValidationError, _failed)
    app.add_exception_handler(ClientGone, _gone)
    app.add_exception_handler(Exception, _failed)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    yield
    gateway: Gateway = app.state.gateway
    # Waits for the runs under way: what may be paid for is brought home.
    await gateway.assembly.aclose()


async def _failed(http: HttpRequest, error: Exception) -> Response:
    return problems.response(_as_ours(error), http.url.path, problems.request_id(http.scope))


async def _gone(http: HttpRequest, error: Exception) -> Response:
    del http, error
    return Response(status_code=499)


def _as_ours(error: Exception) -> Error:
    if isinstance(error, Error):
        return error
    if isinstance(error, HTTPException):
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "bad_request")
        return UserError(f"{error.detail}.", code=code, remedy=f"{API}/openapi.json lists what there is.")
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"][1:])
        return UserError(
            first["msg"], code="invalid_request", field=name, remedy="Put it right and try again."
        )
    return problems.unexpected()
