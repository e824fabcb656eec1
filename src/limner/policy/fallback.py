"""Whether another model may take over, decided by facts alone and never by texts."""

from collections.abc import Sequence

from limner.core.errors import Again, Billed, Error, ProviderError, Refused, Stage


def falls_back(errors: Sequence[Error], *, allowed: bool, left: float, after_refusal: bool = False) -> bool:
    """Decide whether a request that failed at one provider goes on at another.

    It does when every call of it surely cost nothing, and each error says that another provider may
    do it. Nothing is sent to two providers at once, and nothing that may have been paid for twice.

    Args:
        errors: what the calls ended with, at least one; none of them delivered.
        allowed: whether the caller lets another model do it.
        left: seconds until the deadline.
        after_refusal: whether the caller wants another provider asked when one's moderation refused.

    Example:
        >>> from limner.core.errors import OutcomeUnknown, Unavailable
        >>> down = Unavailable("Down.", provider="x", again=Again.ANOTHER, billed=Billed.NO)
        >>> falls_back([down], allowed=True, left=60)
        True
        >>> falls_back([down, OutcomeUnknown("Lost.", provider="x")], allowed=True, left=60)
        False
    """
    if not allowed or left <= 0:
        return False
    return all(_may_go_on(error, after_refusal=after_refusal) for error in errors)


def _may_go_on(error: Error, *, after_refusal: bool) -> bool:
    if error.billed is not Billed.NO:
        return False
    if isinstance(error, Refused):
        return after_refusal and error.stage is Stage.MODERATION and error.provider is not None
    return isinstance(error, ProviderError) and error.again is not Again.NEVER
