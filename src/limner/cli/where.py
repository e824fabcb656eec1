"""Where pictures go, and what becomes of them there, in few words."""

from limner.core.models import Hosting, Model
from limner.policy.routing.candidates import Choice


def regions(model: Model) -> str:
    """Where a model processes pictures. Empty: it is not known.

    Example:
        >>> from limner.catalog.load import load
        >>> regions(load().get("bfl/flux-2-pro"))
        'can be kept to eu or us'
    """
    known = [f"in {' and '.join(model.regions)}"] if model.regions else []
    if model.addresses:
        known.append(f"can be kept to {' or '.join(model.addresses)}")
    return ", ".join(known)


def going(choice: Choice) -> str:
    """Where one request would go, and what becomes of what it sends.

    Args:
        choice: with the region and the address that the request leads to.
    """
    if choice.model.hosting is Hosting.HERE:
        return "stays on this machine"
    place = f"in {' and '.join(choice.regions)}" if choice.regions else "region not known"
    at = [f"at {choice.address}"] if choice.address else []
    cleared = choice.model.classification
    words = [] if cleared is None else [f"cleared for what is {cleared.value}"]
    terms = choice.model.data_terms.rstrip(".")
    return " · ".join([" ".join([place, *at]), *words, *([terms] if terms else [])])
