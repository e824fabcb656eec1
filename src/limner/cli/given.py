"""From a command's options to the fields of a request."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from limner.cli.asks import Ask, Source, Task
from limner.client.fields import Fetch, build
from limner.client.inputs import is_url, picture
from limner.core.errors import UserError
from limner.core.pictures import Margins, Picture, Reference, Role
from limner.core.requests import Request

_PLAIN: Final = (
    "negative_prompt",
    "search",
    "style",
    "strength",
    "guidance",
    "steps",
    "seed",
    "tool",
    "mask_kind",
    "feather",
    "model",
    "provider",
    "quality",
    "max_cost",
    "strategy",
    "classification",
    "mode",
    "user",
    "n",
    "size",
    "width",
    "height",
    "aspect_ratio",
    "scale",
    "background",
    "format",
    "compression",
    "partial_images",
    "deadline",
    "idempotency_key",
)
"""Options that are fields of the same name."""


async def request(ask: Ask, task: Task, fetch: Fetch) -> Request:
    """Build one request: read its files, fetch its URLs, check its values.

    Args:
        ask: the command.
        task: which of its requests.
        fetch: gets a URL safely.

    Raises:
        UserError: a value is wrong, or a file cannot be read.
    """
    values: dict[str, Any] = {name: ask.values[name] for name in _PLAIN if ask.values.get(name) is not None}
    for name, (option, read) in _READ.items():
        if ask.values.get(option):
            values[name] = read(ask.values[option])
    if ask.flag("invert"):
        values["invert"] = True
    if ask.flag("embed_settings"):
        values["embed_settings"] = True
    if ask.flag("no_fallback"):
        values["allow_fallback"] = False
    if ask.flag("after_refusal"):
        values["fallback_on_refusal"] = True
    if task.mark and "idempotency_key" in values:
        values["idempotency_key"] = f"{values['idempotency_key']}:{task.mark}"
    values |= await _pictures(ask, task, fetch)
    images = [await _load(source, fetch) for source in task.sources]
    return await build(ask.operation, images or None, task.prompt, values, fetch)  # pyright: ignore[reportArgumentType]


async def _pictures(ask: Ask, task: Task, fetch: Fetch) -> dict[str, object]:
    found: dict[str, object] = {}
    if task.mask is not None:
        found["mask"] = await _load(task.mask, fetch)
    references = cast("Sequence[str] | None", ask.values.get("reference"))
    if references:
        found["references"] = [await _reference(text, fetch) for text in references]
    return found


async def _load(source: Source, fetch: Fetch) -> Picture:
    if is_url(source):
        return Picture(await fetch(source), name=source.partition("?")[0].rpartition("/")[2] or None)
    return picture(source)


async def _reference(text: str, fetch: Fetch) -> Reference:
    role, strength, place = _role(text)
    source: Source = place if is_url(place) or place.startswith("data:") else Path(place)
    return Reference(await _load(source, fetch), role, strength)


def _role(text: str) -> tuple[Role, float | None, str]:
    head, equals, place = text.partition("=")
    name, colon, strength = head.partition(":")
    known = {role.value: role for role in Role}
    if not equals or name not in known:
        return Role.SOURCE, None, text
    if not colon:
        return known[name], None, place
    try:
        return known[name], float(strength), place
    except ValueError:
        raise UserError(
            f"The strength {strength!r} of {place} is no number.",
            code="invalid_value",
            field="references",
            remedy="Write it as style:0.6=look.png.",
        ) from None


def _options(pairs: object) -> Mapping[str, object]:
    options: dict[str, object] = {}
    for pair in cast("Sequence[str]", pairs):
        name, equals, value = pair.partition("=")
        if not (equals and name):
            raise UserError(
                f"The option {pair!r} has no value.",
                code="invalid_value",
                field="options",
                remedy="Write it as KEY=VALUE, such as --option moderation=low.",
            )
        options[name.replace("-", "_")] = _value(value)
    return options


def _value(text: str) -> object:
    """A value as JSON where it is JSON (`5`, `true`, `[1, 2]`), else as text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


_SIDES: Final = ("left", "right", "top", "bottom")


def _margins(text: object) -> Margins:
    """Read `200`, `300,0,50,0` or `left=300,top=50`.

    Raises:
        UserError: it has another form.
    """
    parts = [part.strip() for part in str(text).split(",")]
    named = [part.partition("=") for part in parts]
    try:
        if all(equals for _, equals, _ in named) and {name for name, _, _ in named} <= set(_SIDES):
            return Margins(**{name: int(value) for name, _, value in named})
        numbers = [int(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) not in {1, len(_SIDES)}:
        raise UserError(
            f"The margins {text!r} cannot be read.",
            code="invalid_value",
            field="margins",
            remedy="Write 200 for each side, or left=300,top=50, or 300,0,50,0 for left, right, top, bottom.",
        )
    return Margins(*(numbers * len(_SIDES) if len(numbers) == 1 else numbers))


_READ: Final[Mapping[str, tuple[str, Callable[[object], object]]]] = {
    "options": ("option", _options),
    "regions": ("region", lambda names: names),
    "margins": ("margins", _margins),
}
"""Fields whose options are written in a way of their own."""
