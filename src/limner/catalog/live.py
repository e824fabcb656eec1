"""What a provider's own list of models says otherwise than the catalog."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from limner.catalog.catalog import alive
from limner.core.models import Hosting, Model
from limner.core.optional import Listed

_SHOWN: Final = 5
"""How many names of models are told that the catalog lacks."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a list says otherwise."""

    model: str
    """Its id; of models that are not known here, the provider's slug."""
    text: str


def differences(
    provider: str, models: Iterable[Model], listed: Iterable[Listed], *, today: date
) -> Iterator[Difference]:
    """Hold a provider's models against its own list.

    What runs on servers of one's own is left out: its list says what is installed, the catalog what could be.
    So is what the data calls `unlisted` in `extras`, such as an endpoint that goes by no model's name.

    Args:
        provider: its slug.
        models: its models, the dead too.
        listed: what it lists.
        today: the caller's day.

    Example:
        >>> from limner.catalog.load import load
        >>> (known,) = [one for one in load().all() if one.id == "openai/gpt-image-2"]
        >>> day = date(2026, 11, 21)
        >>> [one.text for one in differences("openai", [known], [Listed("gpt-image-9")], today=day)]
        ['is not in the list of openai', 'lists 1 that the catalog lacks: gpt-image-9']
    """
    kept = [model for model in models if model.hosting is Hosting.VENDOR]
    if not kept:
        return
    theirs = {one.name: one for one in listed}
    for model in kept:
        if not alive(model, today) or model.extras.get("unlisted"):
            continue
        found = [theirs[name] for name in _names(model) if name in theirs]
        if not found:
            yield Difference(model.id, f"is not in the list of {provider}")
        elif found[0].shutdown_on not in {None, str(model.shutdown_on)}:
            here = f"on {model.shutdown_on}" if model.shutdown_on else "on no day"
            yield Difference(model.id, f"leaves {here} here, on {found[0].shutdown_on} by {provider}'s list")
    new = sorted(set(theirs) - {name for model in kept for name in _names(model)})
    if new:
        more = f" and {len(new) - _SHOWN} more" if len(new) > _SHOWN else ""
        yield Difference(
            provider, f"lists {len(new)} that the catalog lacks: {', '.join(new[:_SHOWN])}{more}"
        )


def _names(model: Model) -> tuple[str, ...]:
    """What a list may call it, the likeliest first."""
    return (str(model.wire.get("model", model.name)), model.name, *model.snapshots, *model.aliases)
