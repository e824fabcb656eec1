"""What is sent to a web UI, and what its answers say (the document of its API, @008a8e7)."""

from collections.abc import Mapping
from typing import Final

from limner.core.adapter import Artifact, Order
from limner.core.http import HttpReply, Inline
from limner.core.optional import Listed, Sight
from limner.core.pictures import Picture
from limner.providers._shared import detail
from limner.providers._shared.named import many, spoken, values
from limner.providers._shared.reading import items, mapping, parse, picture, text, whole
from limner.providers._shared.voice import Said

MODELS: Final = "/sdapi/v1/sd-models"
STANDING: Final = "/internal/progress"
"""How one piece of work stands, by the name its caller gave it; `/sdapi/v1/progress` tells of anybody's."""
STOP: Final = "/sdapi/v1/interrupt"
_CHECKPOINT: Final = "sd_model_checkpoint"


def task(order: Order) -> str | None:
    """What the server knows the work by. `None`: this call takes no name."""
    return order.task if spoken(order).get("task") else None


def painting(order: Order) -> tuple[str, Mapping[str, object]]:
    """Where an order goes, and its body.

    Raises:
        UserError: an option does not go with the model.
    """
    told = spoken(order)
    body = {name: _inlined(value) for name, value in values(order).items()}
    name, field = str(told["model"]), told.get("field")
    if name and field:
        body[str(field)] = name
    elif name:
        body["override_settings"] = {_CHECKPOINT: name}
    known = task(order)
    if known is not None:
        body[str(told["task"])] = known
    return str(told["path"]), body


def _inlined(value: object) -> object:
    """Pictures as bare base64."""
    if isinstance(value, Picture):
        return Inline(value.data)
    return [Inline(one.data) for one in many(value)] or value


def complaint(reply: HttpReply) -> Said | None:
    """Read `{"error", "detail", "errors"}`, or a list of what does not fit. `None`: it is neither."""
    try:
        document = mapping(parse(reply.body))
    except ValueError:
        return None
    told, kind = detail.complaint(document)
    error = text(document.get("error"))
    message = told or text(document.get("errors")) or error
    code = error if error and error != "HTTPException" else kind
    return Said(message or code or "", code) if message or code else None


def pictures(document: object, n: int) -> tuple[Artifact, ...] | None:
    """The pictures of an answer, as many as were asked for: scripts may add some. `None`: it has none.

    An entry that is no picture counts as missing.
    """
    answer = mapping(document)
    one = answer.get("image")
    listed = [one] if one is not None else items(answer.get("images"))
    seeds = items(_info(answer).get("all_seeds"))
    found = [(picture(entry), place) for place, entry in enumerate(listed[:n])]
    made = tuple(
        Artifact(data, seed=whole(seeds[place]) if place < len(seeds) else None)
        for data, place in found
        if data is not None
    )
    return made or None


def _info(answer: Mapping[str, object]) -> Mapping[str, object]:
    """The JSON text under `info`; other servers that have this API leave it empty."""
    told = text(answer.get("info"))
    try:
        return mapping(parse(told.encode())) if told else {}
    except ValueError:
        return {}


def sight(document: object) -> Sight | None:
    """How one piece of work stands. `None`: the answer does not say."""
    told = mapping(document)
    active = told.get("active")
    return (
        Sight(active, _share(told.get("progress")) if active else None) if isinstance(active, bool) else None
    )


def _share(value: object) -> float | None:
    """The value if it is a number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= 1 else None


def models(document: object) -> tuple[Listed, ...] | None:
    """Read a list of checkpoints. `None`: it is none."""
    listed = items(document)
    named = (text(mapping(one).get("model_name")) for one in listed)
    return tuple(Listed(name) for name in named if name) if listed or document == [] else None
