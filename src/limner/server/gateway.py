"""What every route needs, built once."""

from dataclasses import dataclass

from starlette.requests import Request as HttpRequest

from limner.assembly import Assembly
from limner.core.errors import UserError
from limner.engine.journal import LOCAL, Caller
from limner.painters import registry as painters
from limner.providers import registry as providers
from limner.server.bodies import Lease
from limner.server.links import Linker
from limner.server.metrics import Figures
from limner.server.runs import Runs
from limner.settings import Settings


@dataclass(frozen=True, slots=True)
class Gateway:
    """The assembly as the server uses it."""

    assembly: Assembly
    settings: Settings
    runs: Runs
    figures: Figures
    linker: Linker | None = None
    """Absent: nothing is kept that could be linked to."""

    def problem_with(self, provider: str) -> UserError | None:
        """Why a provider cannot be asked now, with what to do. `None`: it can."""
        try:
            self.assembly.makers.of(provider)
        except UserError as problem:
            return problem
        return None


def gateway(http: HttpRequest) -> Gateway:
    """The gateway that serves this request."""
    return http.app.state.gateway


def caller(http: HttpRequest) -> Caller:
    """Who asks. A loopback server has one user, and no logins."""
    del http
    return LOCAL


def title_of(provider: str) -> str:
    """What people call a provider, whether it is set up or not."""
    painter = painters.get(provider)
    if painter is not None:
        return painter.title
    adapter = providers.get(provider)
    return adapter.profile.title if adapter is not None else provider


def lease(http: HttpRequest) -> Lease:
    """The bytes this request holds."""
    return http.state.lease
