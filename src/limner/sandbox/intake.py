"""The front of one emulator: finds the route, counts, carries out faults, notes what was delivered."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match
from starlette.routing import Route as Matcher
from starlette.types import Message, Receive, Scope, Send

from limner.core.errors import UserError
from limner.sandbox.desk import VISIT, Desk, Handler, Rejection, Route, Vendor, Visit, Visits
from limner.sandbox.faults import HARMLESS, HEADER, Fault, Faults, read_header
from limner.sandbox.sabotage import Scene, carry_out
from limner.sandbox.wire import Wire, wire_of


class Intake:
    """The ASGI application of one emulator."""

    def __init__(self, vendor: Vendor, desk: Desk, faults: Faults, visits: Visits) -> None:
        self._vendor = vendor
        self._desk = desk
        self._faults = faults
        self._visits = visits
        routes: Sequence[Route] = vendor.open(desk)
        self._routes = [(route, Matcher(route.path, _unused, methods=[route.method])) for route in routes]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        name, handler = self._find(scope)
        visit = scope[VISIT] = self._visits.arrive(self._vendor.slug, name)

        async def serve(receive: Receive, send: Send) -> None:
            response = await _answer(handler, Request(scope, receive))
            await response(scope, receive, send)

        wire = wire_of(scope)
        try:
            fault = self._fault(scope, name)
        except UserError as error:
            await PlainTextResponse(str(error), 400)(scope, receive, send)
            return
        watched = self._watched(visit, wire, send)
        try:
            if fault is None:
                await serve(receive, watched)
                return
            outlet = watched if fault.kind in HARMLESS else send
            await carry_out(
                Scene(fault, scope, receive, outlet, serve, self._vendor.failure, self._desk.clock, wire)
            )
        finally:
            visit.over()

    def _find(self, scope: Scope) -> tuple[str, Handler]:
        wrong_method = False
        for route, matcher in self._routes:
            match, child = matcher.matches(scope)
            if match is Match.FULL and scope["method"] == route.method:
                scope.update(child)
                return f"{route.method} {route.path}", route.handler
            wrong_method = wrong_method or match is not Match.NONE
        status = 405 if wrong_method else 404
        path = scope["path"].removeprefix(scope.get("root_path", ""))

        async def nowhere(request: Request) -> Response:
            what = f"{request.method} {path}"
            message = f"Method not allowed: {what}" if wrong_method else f"Not found: {what}"
            return self._vendor.failure(status, message)

        return f"{scope['method']} (unknown)", nowhere

    def _fault(self, scope: Scope, name: str) -> Fault | None:
        asked = dict(scope["headers"]).get(HEADER.encode())
        if asked is not None:
            return read_header(asked.decode("latin-1"))
        return self._faults.strike(self._vendor.slug, name)

    def _watched(self, visit: Visit, wire: Wire, send: Send) -> Send:
        async def watched(message: Message) -> None:
            last = message["type"] == "http.response.body" and not message.get("more_body")
            if last:  # noted before the client can have it and look, or ask again
                visit.over()
                if not wire.lost:
                    self._desk.bill.deliver(visit.carries)
            await send(message)

        return watched


async def _answer(handler: Handler, request: Request) -> Response:
    try:
        return await handler(request)
    except Rejection as rejection:
        return rejection.response


async def _unused(request: Request) -> Response:
    raise NotImplementedError(request.url.path)
