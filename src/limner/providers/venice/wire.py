"""Venice's documents: what is sent where; pictures out of JSON or bare, and what headers say of them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from limner.core.adapter import Artifact, Order
from limner.core.http import HttpReply, Inline
from limner.core.optional import Listed
from limner.core.pictures import Picture
from limner.providers._shared.named import many, spoken, values
from limner.providers._shared.reading import items, mapping, parse, picture, text

MODELS: Final = "/models"
STYLES: Final = "/image/styles"
BALANCE: Final = "/billing/balance"
_STYLED: Final = "style_references"
_VIOLATIONS: Final = (
    "x-venice-is-content-violation",
    "x-venice-is-adult-model-content-violation",
    "x-venice-contains-minor",
)
_BLURRED: Final = "x-venice-is-blurred"
_ENHANCED: Final = "x-venice-enhanced-prompt"
_SERVED: Final = "x-venice-model-id"
_WARNING: Final = "x-venice-model-deprecation-warning"
_KINDS: Final = {"image", "inpaint", "upscale"}


def painting(order: Order) -> tuple[str, dict[str, object]]:
    """Where an order goes, and its body.

    Raises:
        UserError: an option does not go with the model.
    """
    told, found = spoken(order), values(order)
    word = found.pop("resolution", None)
    if word is not None:
        found |= mapping(mapping(told.get("qualities")).get(str(word), {"resolution": word}))
    shown = many(found.get("images"))
    path, name = str(told["path"]), "model"
    if "several" in told and (len(shown) > 1 or "quality" in found):
        path, name = str(told["several"]), "modelId"
    elif shown:
        found["image"] = found.pop("images")[0]  # pyright: ignore[reportIndexIssue]
    body = {field: _plain(field, value) for field, value in found.items()}
    return path, body if told.get("unnamed") else {name: told["model"], **body}


def _plain(field: str, value: object) -> object:
    """Pictures as bare base64; a reference of style is an object."""
    if isinstance(value, Picture):
        return Inline(value.data)
    shown = many(value)
    if field == _STYLED:
        return [{"image": Inline(one.data)} for one in shown]
    return [Inline(one.data) for one in shown] if shown else value


def pictures(reply: HttpReply) -> tuple[Artifact, ...]:
    """The pictures of an answer: its bytes, or those in its JSON.

    Raises:
        ValueError: it is neither.
    """
    if reply.media_type.startswith("image/"):
        return (_artifact(reply.body, reply, reply.media_type),) if reply.body else ()
    document = mapping(parse(reply.body))
    entries = [mapping(one) for one in items(document.get("data"))]
    said = items(document.get("images")) or [one.get("b64_json") or one.get("url") for one in entries]
    return tuple(_artifact(bare, reply) for one in said if (bare := picture(one)))


def _artifact(data: bytes, reply: HttpReply, media_type: str | None = None) -> Artifact:
    blurred = _says(reply, _BLURRED)
    prompt = reply.headers.get(_ENHANCED)
    return Artifact(
        data,
        media_type,
        flagged=blurred,
        note="Venice blurred it: safe_mode is on, and it is for adults." if blurred else None,
        revised_prompt=unquote(prompt) if prompt else None,
    )


def violations(reply: HttpReply) -> tuple[str, ...]:
    """What the headers of an answer that succeeded say against it."""
    return tuple(name.removeprefix("x-venice-") for name in _VIOLATIONS if _says(reply, name))


def remarked(artifacts: tuple[Artifact, ...], reply: HttpReply, order: Order) -> tuple[Artifact, ...]:
    """The pictures with what the headers say of the model, told with the first."""
    said = _remark(reply, order)
    if said is None or artifacts[0].note:
        return artifacts
    return (replace(artifacts[0], note=said), *artifacts[1:])


def _remark(reply: HttpReply, order: Order) -> str | None:
    """What the headers say of the model: that another served, or that it will go. `None`: nothing."""
    served, asked = reply.headers.get(_SERVED), spoken(order)["model"]
    said = reply.headers.get(_WARNING)
    if served and served != asked and not spoken(order).get("unnamed"):
        return f"Venice sent it to its model {served}."
    return f"Venice says: {said}" if said else None


def _says(reply: HttpReply, name: str) -> bool:
    return reply.headers.get(name, "").strip().lower() == "true"


def models(document: object) -> tuple[Listed, ...] | None:
    """Read the models that paint, edit or enlarge. `None`: it is no list."""
    listed = mapping(document).get("data")
    if not isinstance(listed, list):
        return None
    entries = [mapping(one) for one in items(mapping(document).get("data"))]
    return tuple(
        Listed(name, _last_day(mapping(one.get("model_spec"))))
        for one in entries
        if (name := text(one.get("id"))) and one.get("type") in _KINDS
    )


def _last_day(spec: Mapping[str, object]) -> str | None:
    told = mapping(spec.get("deprecation"))
    moment = text(told.get("removesAt")) or text(told.get("date"))
    return moment and moment[:10]
