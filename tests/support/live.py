"""What the live suite is made of: keys from a file, a purse, the cheapest model, scrubbed recordings.

`tests/providers/test_live_suite.py` runs it against the sandbox, `tests/live` against real providers.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from limner.assembly import Assembly
from limner.core.adapter import Profile
from limner.core.errors import Error
from limner.core.http import HttpCall, HttpReply
from limner.core.models import Lifecycle, Model
from limner.core.money import plain
from limner.core.operations import Operation
from limner.core.pictures import Picture
from limner.core.requests import Request, Tier
from limner.core.results import Result
from limner.engine.describe import describe
from tests.engine.vendors import photograph

CAP_NAME: Final = "LIMNER_LIVE_CAP"
CAP: Final = Decimal("1.00")
"""US dollars that one session may spend at most, where nobody says otherwise."""
PROMPT: Final = "a small red kite on a plain white ground"


def read_env(path: Path) -> dict[str, str]:
    """The variables of a file such as `.env.local`. Nothing of it is put into the environment."""
    if not path.is_file():
        return {}
    lines = (line.strip().removeprefix("export ") for line in path.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("'\"") for name, _, value in pairs if value.strip()}


class CapReached(Exception):
    """The next purchase could cost more than is left."""


@dataclass
class Purse:
    """What one session may spend. It counts what a purchase could cost at most, not what it did cost."""

    cap: Decimal = CAP
    held: Decimal = Decimal(0)

    def hold(self, most: Decimal | None) -> None:
        if most is None or self.held + most > self.cap:
            what = "nobody knows what it costs" if most is None else f"it may cost ${plain(most)}"
            raise CapReached(f"{what}; ${plain(self.held)} of ${plain(self.cap)} are spent ({CAP_NAME})")
        self.held += most


async def cheapest(limner: Assembly, slug: str, operation: Operation) -> tuple[Request, Decimal] | None:
    """The plainest request to the model of a provider that costs least at most. `None`: it has none."""
    found: list[tuple[Decimal, str, Request]] = []
    for model in limner.catalog.all():
        if model.provider != slug or not model.can(operation) or model.lifecycle is Lifecycle.RETIRED:
            continue
        request = wish(model, operation)
        try:
            price = (await limner.engine.quote(request)).price
        except Error:
            continue
        if price.most is not None:
            found.append((price.most, model.id, request))
    return (min(found)[2], min(found)[0]) if found else None


def wish(model: Model, operation: Operation) -> Request:
    images = (Picture(photograph(512, 512)),) if operation is Operation.EDIT else ()
    quality = Tier.DRAFT if Tier.DRAFT in model.limits.qualities else None
    return Request(
        operation, prompt=PROMPT, model=model.id, images=images, quality=quality, allow_fallback=False
    )


async def buy(limner: Assembly, purse: Purse, request: Request, most: Decimal) -> Result:
    """Have it made, if the purse holds enough."""
    purse.hold(most)
    return await limner.engine.run(request.replace(max_cost=most))


# Recordings

_KEPT_HEADERS: Final = frozenset({"content-type", "retry-after"})
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{200,}={0,2}")
_QUERY: Final = re.compile(r"(https?://[^\s\"'?]+)\?[^\s\"']+")
_PERSONAL: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+|\b(?:org|user|acct|proj|team)[-_][\w-]{6,}")
_NAMES: Final = re.compile(r"(?i)(^|_)(id|user|email|account|organi[sz]ation|token|secret|key|owner)$")


@dataclass
class Recorder:
    """Writes down what goes over the wire, without what is anybody's own."""

    secrets: tuple[str, ...]
    exchanges: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def watch(self, limner: Assembly) -> None:
        """Listen to all calls of a Limner but the downloads."""
        send = limner.transport.send

        async def recorded(call: HttpCall, profile: Profile, credential: Any, **more: Any) -> HttpReply:
            reply = await send(call, profile, credential, **more)
            self.exchanges.append({"call": self.scrubbed(describe(call)), "reply": self._reply(reply)})
            return reply

        limner.transport.send = recorded  # pyright: ignore[reportAttributeAccessIssue]

    def save(self, folder: Path, name: str, facts: Mapping[str, Any]) -> Path:
        """Write what was heard since the last time."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.json"
        path.write_text(json.dumps({**facts, "exchanges": self.exchanges}, indent=2, sort_keys=True) + "\n")
        self.exchanges = []
        return path

    def _reply(self, reply: HttpReply) -> dict[str, Any]:
        kept = {name: value for name, value in reply.headers.items() if name in _KEPT_HEADERS}
        if reply.media_type == "application/json":
            return {"status": reply.status, "headers": kept, "json": self.scrubbed(json.loads(reply.body))}
        return {"status": reply.status, "headers": kept, "bytes": len(reply.body)}

    def scrubbed(self, value: Any, name: str = "") -> Any:
        """The same shape, with nothing in it that is a secret, a picture, a signature or a person's."""
        if isinstance(value, Mapping):
            return {key: self.scrubbed(part, str(key)) for key, part in value.items()}
        if isinstance(value, str):
            return "scrubbed" if value and _NAMES.search(name) else self._words(value)
        if isinstance(value, Iterable):
            return [self.scrubbed(part, name) for part in value]
        return value

    def _words(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, "scrubbed")
        text = _BASE64.sub(lambda found: f"base64 of {len(found[0])} characters", text)
        return _PERSONAL.sub("scrubbed", _QUERY.sub(r"\1?scrubbed", text))
