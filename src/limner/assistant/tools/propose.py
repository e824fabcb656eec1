"""The handler of the image tools: it proposes a model and a price, and makes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from limner.assistant.tools.arguments import request_of
from limner.catalog.bands import band
from limner.catalog.layout import lay_out
from limner.core.errors import UserError
from limner.core.money import Price, plain
from limner.core.pictures import Picture
from limner.core.requests import Request, Strategy
from limner.engine.route import Router
from limner.policy.routing.candidates import Choice, Ranking

_MOST_ALTERNATIVES: Final = 4


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a person is asked to confirm. Confirming it carries `request` out."""

    tool: str
    request: Request
    """With the model that is proposed."""
    choice: Choice
    constraints: tuple[str, ...]
    """What will not be as asked, in sentences."""
    alternatives: tuple[Choice, ...]
    """Others that would do it, the best first."""

    def plain(self) -> dict[str, object]:
        """As a language model and a chat page are told of it, by the names of `imageGenerations[]`."""
        request, model = self.request, self.choice.model
        return {
            "status": "pending",
            "operation": request.operation.value,
            "provider": model.provider,
            "model": model.id,
            "cost": _money(self.choice.price),
            "prompt": request.prompt,
            "size": None if request.size is None else str(request.size),
            "style": request.style,
            "qualityTier": (request.quality or model.tier).value,
            "constraints": list(self.constraints),
            "availableAlternatives": [
                {
                    "provider": each.model.provider,
                    "model": each.model.id,
                    "cost": _money(each.price),
                    "qualityTier": each.model.tier.value,
                }
                for each in self.alternatives
            ],
        }


def propose(
    tool: str, arguments: Mapping[str, object], router: Router, pictures: Mapping[str, Picture] | None = None
) -> Proposal:
    """Answer a call of a language model.

    The tier is the one given, else the one that the words of the prompt ask for; of the models that
    can be asked now and do it unchanged, the first by priority is proposed. Where none is set up that
    somebody pays for, what paints here is.

    Args:
        tool: its name.
        arguments: as the language model wrote them.
        router: ranks the models. Nothing else is asked, so that nothing can be sent or held.
        pictures: those of the conversation, by id. Absent: there are none.

    Raises:
        UserError: the call is wrong, or nobody can do it; its text is for the language model.
    """
    request = request_of(tool, arguments, pictures or {})
    ranking = _ranked(request, router)
    best = ranking.best
    if best is None:
        verb = request.operation.value.replace("_", " ")
        raise UserError(
            f"No model that is set up can {verb} like this.",
            code="no_model",
            field="model",
            remedy="Leave out size and style, or tell the person that no image provider is set up for it.",
        )
    chosen = request.replace(model=best.model.id)
    notes = lay_out(chosen, best.model).fitted.notes
    return Proposal(
        tool,
        chosen,
        best,
        tuple(note.text for note in notes),
        ranking.chosen[1 : _MOST_ALTERNATIVES + 1],
    )


def _ranked(request: Request, router: Router) -> Ranking:
    opened = router.explain(request.replace(strategy=Strategy.PRIORITY))
    return opened if opened.chosen else router.explain(request)


def _money(price: Price) -> dict[str, object]:
    found = band(price)
    return {
        "kind": price.kind.value,
        "amount": None if price.usd is None else plain(price.usd),
        "most": None if price.most is None else plain(price.most),
        "currency": "USD",
        "native": None if price.native is None else str(price.native),
        "band": None if found is None else found.value,
    }
