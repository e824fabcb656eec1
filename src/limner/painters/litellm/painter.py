"""Pictures through LiteLLM: any model it can call, at the operator's addresses, with the caller's keys."""

from collections.abc import Callable
from typing import Any, cast

from limner.core.adapter import Done, Order, Profile
from limner.core.errors import Billed, Cancelled
from limner.core.painter import Cancelled as AskCancelled
from limner.core.painter import Keys, Painter, Progress
from limner.painters.litellm.answer import Response, read
from limner.painters.litellm.call import Call, describe
from limner.painters.litellm.faults import SLUG, broken, diagnose, facts
from limner.painters.litellm.library import library, way
from limner.painters.litellm.options import LiteLLMOptions
from limner.painters.litellm.visit import Broken, Visit, visit


class LiteLLM:
    """Has LiteLLM do the work. Its models stand in the operator's limner.toml: see docs/litellm.md."""

    slug = SLUG
    title = "LiteLLM"
    options: type[object] = LiteLLMOptions
    needs: tuple[str, ...] = ("litellm",)
    at_once = 32
    charges = True
    profile = Profile(SLUG, "LiteLLM", "", homepage="")

    def __init__(self, keys: Keys = lambda _: None) -> None:
        """Keep where keys are found. Absent: there are none."""
        self._keys = keys

    def with_keys(self, keys: Keys) -> Painter:
        """The painter that works with these keys."""
        return LiteLLM(keys)

    def paint(self, order: Order, progress: Progress, cancelled: AskCancelled) -> Done:
        """Do the work; see `core.painter.Painter.paint`. Once it is sent, it cannot be stopped."""
        call = describe(order, self._keys)
        if cancelled():
            raise Cancelled("It was stopped before anything was sent.", billed=Billed.NO)
        with visit() as here:
            done = _sent(call, order, here)
        progress(1.0)
        return done


def _sent(call: Call, order: Order, here: Visit) -> Done:
    litellm = library()
    function = cast("Callable[..., Any]", getattr(litellm, call.function))
    secrets = {argument: key.reveal() for argument, key in call.keys.items()}
    try:
        leaves = way(litellm, call.function, str(call.arguments["model"]))
        here.watched = leaves.watched
        response: Response = function(
            **call.arguments, **secrets, client=leaves.client, max_retries=0, num_retries=0
        )
    except Broken as fault:
        raise broken(fault, order, here) from fault
    except Exception as fault:  # LiteLLM's own classes, and whatever its parsers let through
        raise diagnose(fault, order, here, call.keys) from fault
    return read(response, order, facts(order, here))
