"""The embedded painter: it reads from the model's data which of its hands does the work."""

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Protocol, cast

from limner.core.adapter import Done, Order
from limner.core.errors import Billed, Cancelled, UserError
from limner.core.painter import Cancelled as AskCancelled
from limner.core.painter import Progress
from limner.painters.embedded.options import EmbeddedOptions


class Hand(Protocol):
    """A module that does one kind of work; the model's data names it in `wire.painter`."""

    def paint(self, order: Order, progress: Progress, cancelled: AskCancelled) -> Done:
        """Do the work, as `core.painter.Painter.paint` says."""
        ...


HANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "cutout": "limner.painters.embedded.cutout.paint",
        "heal": "limner.painters.embedded.heal.paint",
        "icon": "limner.painters.embedded.icon.paint",
        "restyle": "limner.painters.embedded.restyle.paint",
        "scale": "limner.painters.embedded.scale.paint",
        "sketch": "limner.painters.embedded.sketch.paint",
    }
)
"""`wire.painter` → module. Imported when first used, so that codecs and renderers load only for work."""


class Embedded:
    """Paints by procedure on this machine: no weights, no network, no charge.

    The same request with the same seed gives the same pixels.
    """

    slug = "limner"
    title = "Limner (embedded)"
    description = "procedural, not a generative model"
    options: type[object] = EmbeddedOptions
    needs: tuple[str, ...] = ()
    at_once = 6
    charges = False

    def paint(self, order: Order, progress: Progress, cancelled: AskCancelled) -> Done:
        """Do the work; see `core.painter.Painter.paint`."""
        name = str(order.model.wire.get("painter", ""))
        if name not in HANDS:
            raise UserError(
                f"The model `{order.model.id}` names no painter that is built in: {name!r}.",
                code="unknown_painter",
                remedy=f"Its data must name one of {', '.join(sorted(HANDS))} as wire.painter.",
                field="model",
            )
        hand = cast("Hand", importlib.import_module(HANDS[name]))
        _stop(cancelled)
        done = hand.paint(order, progress, lambda: _stop(cancelled))
        progress(1.0)
        return done


def _stop(cancelled: AskCancelled) -> bool:
    """Raise when the caller has stopped the work, so that no hand has to."""
    if cancelled():
        raise Cancelled("The painting was stopped.", billed=Billed.NO)
    return False
