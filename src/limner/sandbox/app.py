"""The sandbox as one ASGI application: every emulator under its slug, and the admin API under `/_sandbox`."""

from collections.abc import Mapping
from typing import Final

from starlette.routing import Mount, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from limner.core.clock import Clock, SystemClock
from limner.sandbox.a1111.app import AUTOMATIC1111
from limner.sandbox.admin import Admin
from limner.sandbox.azure.app import AZURE
from limner.sandbox.bfl.app import BFL
from limner.sandbox.bill import Bill
from limner.sandbox.comfyui.app import COMFYUI
from limner.sandbox.desk import Desk, Vendor, Visits
from limner.sandbox.fal.app import FAL
from limner.sandbox.faults import Faults
from limner.sandbox.gemini.app import GEMINI
from limner.sandbox.intake import Intake
from limner.sandbox.novelai.app import NOVELAI
from limner.sandbox.openai.app import OPENAI
from limner.sandbox.openai_compatible.app import OPENAI_COMPATIBLE
from limner.sandbox.openrouter.app import OPENROUTER
from limner.sandbox.replicate.app import REPLICATE
from limner.sandbox.stability.app import STABILITY
from limner.sandbox.together.app import TOGETHER
from limner.sandbox.venice.app import VENICE
from limner.sandbox.wavespeed.app import WAVESPEED

VENDORS: Final[tuple[Vendor, ...]] = (
    OPENAI,
    AZURE,
    STABILITY,
    FAL,
    NOVELAI,
    BFL,
    REPLICATE,
    TOGETHER,
    GEMINI,
    VENICE,
    WAVESPEED,
    OPENROUTER,
    OPENAI_COMPATIBLE,
    AUTOMATIC1111,
    COMFYUI,
)
"""Every emulator there is."""


class Sandbox:
    """All emulators with one bill, one plan of faults and one clock.

    It is an ASGI application itself: give it to a server, or call it in process.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        seed: int = 0,
        rates: Mapping[str, int] | None = None,
        polls: int = 2,
    ) -> None:
        """Set up every emulator.

        Args:
            clock: what stamps bills and decides which models are retired. Absent: the machine's.
            seed: decides which requests meet a fault that is only probable.
            rates: requests a key may make in a window, by slug. Absent: each vendor's own rule.
            polls: how many looks find ticketed work unfinished.
        """
        self.clock: Final[Clock] = clock or SystemClock()
        self.bill: Final = Bill(self.clock)
        self.faults: Final = Faults(seed)
        self.requests: Final = Visits()
        self._rates = dict(rates or {})
        self._polls = polls
        self._admin = Admin(VENDORS, self.bill, self.requests, self.faults, self.reset)
        self._app: ASGIApp = self._fresh()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._app(scope, receive, send)

    def reset(self) -> None:
        """Forget everything: bill, requests, faults, and what the emulators remember."""
        self.bill.clear()
        self.faults.clear()
        self.requests.clear()
        self._app = self._fresh()

    def _fresh(self) -> ASGIApp:
        desks = [
            Desk(
                vendor.slug,
                self.clock,
                self.bill,
                rate=self._rates.get(vendor.slug),
                polls=self._polls,
            )
            for vendor in VENDORS
        ]
        mounts = [
            Mount(f"/{vendor.slug}", Intake(vendor, desk, self.faults, self.requests))
            for vendor, desk in zip(VENDORS, desks, strict=True)
        ]
        return Router([Mount("/_sandbox", routes=self._admin.routes()), *mounts])


def create_app(
    clock: Clock | None = None,
    *,
    seed: int = 0,
    rates: Mapping[str, int] | None = None,
    polls: int = 2,
) -> Sandbox:
    """Build the sandbox; the arguments are those of `Sandbox`."""
    return Sandbox(clock, seed=seed, rates=rates, polls=polls)
