"""The sandbox's own API, under `/_sandbox`: the bill, the requests, the faults."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from limner.core.errors import UserError
from limner.sandbox.bill import Bill
from limner.sandbox.desk import Vendor, Visits
from limner.sandbox.faults import Faults, read_fault


class Admin:
    """What people and tests from outside ask the sandbox."""

    def __init__(
        self,
        vendors: tuple[Vendor, ...],
        bill: Bill,
        visits: Visits,
        faults: Faults,
        reset: Callable[[], None],
    ) -> None:
        self._vendors = vendors
        self._bill = bill
        self._visits = visits
        self._faults = faults
        self._reset = reset

    def routes(self) -> list[Route]:
        """The addresses, below `/_sandbox`."""
        return [
            Route("/", self.index, methods=["GET"]),
            Route("/bill", self.bill, methods=["GET"]),
            Route("/requests", self.requests, methods=["GET"]),
            Route("/faults", self.planned, methods=["GET"]),
            Route("/faults", self.plan, methods=["POST"]),
            Route("/faults", self.forget, methods=["DELETE"]),
            Route("/reset", self.reset, methods=["POST"]),
        ]

    async def index(self, request: Request) -> Response:
        """What is where, and what it was written from."""
        root = str(request.base_url).rstrip("/").removesuffix("/_sandbox")
        return JSONResponse(
            {
                vendor.slug: {
                    "base_url": f"{root}/{vendor.slug}{vendor.base}",
                    "key": vendor.key,
                    "sources": list(vendor.sources),
                }
                for vendor in self._vendors
            }
        )

    async def bill(self, request: Request) -> Response:
        """Every request that did work, and the totals by unit."""
        charges = self._bill.charges(request.query_params.get("provider"))
        totals = {unit: f"{amount:f}" for unit, amount in self._bill.totals().items()}
        return JSONResponse({"charges": [charge.as_json() for charge in charges], "totals": totals})

    async def requests(self, request: Request) -> Response:
        """How often each route was called, billed or not."""
        return JSONResponse(self._visits.counts())

    async def planned(self, request: Request) -> Response:
        """Every plan, with how often it struck."""
        return JSONResponse([asdict(fault) | {"struck": struck} for fault, struck in self._faults.planned()])

    async def plan(self, request: Request) -> Response:
        """Plan one fault, or a list of them."""
        try:
            body: Any = await request.json()
            wanted = cast("list[dict[str, object]]", body if isinstance(body, list) else [body])
            faults = [read_fault(values) for values in wanted]
        except (ValueError, AttributeError):
            return JSONResponse({"message": "Send a fault, or a list of faults, as JSON."}, 400)
        except UserError as error:
            return JSONResponse({"message": error.message, "remedy": error.remedy}, 400)
        self._faults.plan(*faults)
        return JSONResponse([asdict(fault) for fault in faults], 201)

    async def forget(self, request: Request) -> Response:
        """Forget all plans."""
        self._faults.clear()
        return Response(status_code=204)

    async def reset(self, request: Request) -> Response:
        """Forget everything: bill, requests, faults, and what the emulators remember."""
        self._reset()
        return Response(status_code=204)
