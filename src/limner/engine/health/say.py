"""Why a provider cannot be asked now, in a sentence for people."""

from datetime import datetime, timedelta

from limner.policy.breaker import State, Thresholds
from limner.policy.pair import Pair


def resting(pair: Pair, now: datetime, thresholds: Thresholds) -> str:
    """Why a breaker lets no call pass.

    Args:
        pair: the two before the call; one of them is not closed.
        now: this moment.
        thresholds: by which it opened.

    Example:
        >>> from datetime import UTC
        >>> from limner.policy.breaker import Breaker
        >>> noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
        >>> resting(Pair(Breaker((noon,) * 5, opened_at=noon)), noon, Thresholds())
        '5 calls failed within 10 minutes; it is tried again at 12:10 UTC.'
    """
    breaker = pair.stricter(now, thresholds)
    if breaker.state(now, thresholds) is State.HALF_OPEN:
        return "one call is trying it after it failed; the others wait for that."
    again = breaker.retry_at(thresholds) or now
    calls = "1 call" if len(breaker.failures) == 1 else f"{len(breaker.failures)} calls"
    return f"{calls} failed within {span(thresholds.window)}; it is tried again at {again:%H:%M} UTC."


def span(length: timedelta) -> str:
    """A stretch of time, as people say it.

    Example:
        >>> span(timedelta(minutes=10)), span(timedelta(seconds=1))
        ('10 minutes', '1 second')
    """
    minutes = length / timedelta(minutes=1)
    count, unit = (minutes, "minute") if minutes >= 1 else (length.total_seconds(), "second")
    return f"{count:g} {unit}{'' if count == 1 else 's'}"
