"""Errors: status first, code second, never the text. Facts checked against the error tables on 2026-11-21.

Billing is published nowhere, so it is inferred: a 4xx, or a 500 or 503 in the vendor's own words, was
refused or failed and is not billed. What a proxy says about the vendor leaves open whether it painted,
and so does a picture that was painted and then held back.
"""

import re
from dataclasses import dataclass
from typing import Final, TypedDict

from limner.core.adapter import Order
from limner.core.errors import (
    Again,
    BadRequest,
    Billed,
    Malformed,
    OutOfCredit,
    ProviderError,
    RateLimited,
    Refused,
    Stage,
    Unauthorized,
    Unavailable,
)
from limner.core.http import HttpReply
from limner.providers._shared.openai.dialect import Dialect, model_id
from limner.providers._shared.reading import items, mapping, parse, redact, request_id, retry_after, text

_PROMPT_FILTERS: Final = {"content_policy_violation", "content_filter"}
_FILTERS: Final = _PROMPT_FILTERS | {"moderation_blocked", "contentFilter", "ResponsibleAIPolicyViolation"}
_NO_CREDIT: Final = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}
_GONE: Final = {"model_not_found", "DeploymentNotFound"}
_VIOLATIONS: Final = re.compile(r"safety_violations=\[([\w ,/-]*)\]")
_OUTPUT_FILTERED: Final = "Generated image was filtered"
"""Azure uses one code for both stages and only the sentence tells them apart (dall-e how-to, 2026-04-17)."""

_REFUSALS: Final = range(400, 500)
_FAILURES: Final = range(500, 600)
_BY_STATUS: Final[dict[int, tuple[type[ProviderError], Again]]] = {
    400: (BadRequest, Again.ANOTHER),
    401: (Unauthorized, Again.ANOTHER),
    403: (Unauthorized, Again.ANOTHER),
    404: (BadRequest, Again.ANOTHER),
    405: (BadRequest, Again.ANOTHER),
    413: (BadRequest, Again.ANOTHER),
    415: (BadRequest, Again.ANOTHER),
    422: (BadRequest, Again.ANOTHER),
    429: (RateLimited, Again.SAME),
}
"""Refusals before any work: not billed, whoever says so."""


@dataclass(frozen=True, slots=True)
class Said:
    """An error in the vendor's own words."""

    message: str
    code: str | None = None
    type: str | None = None
    param: str | None = None
    stage: str | None = None
    """Of moderation: `input`, `output` or `unknown`. Absent: not said."""
    categories: tuple[str, ...] = ()

    @property
    def names(self) -> set[str]:
        """Both names it goes by."""
        return {name for name in (self.code, self.type) if name}


class Facts(TypedDict):
    """What every error of one answer shares."""

    provider: str
    model: str | None
    status: int | None
    request_id: str | None


def envelope(document: object) -> Said | None:
    """Read `{"error": {…}}`.

    Args:
        document: a parsed answer.

    Returns:
        What it says, or `None`: it is no error of this vendor.
    """
    error = mapping(mapping(document).get("error"))
    message = text(error.get("message"))
    if message is None:
        return None
    inner = mapping(error.get("inner_error") or error.get("innererror"))
    details = mapping(error.get("moderation_details"))
    code = error.get("code")
    return Said(
        message=redact(message),
        code=text(inner.get("code")) if text(code) is None else str(code),
        type=text(error.get("type")),
        param=text(error.get("param")),
        stage=text(details.get("moderation_stage")),
        categories=_categories(details.get("categories"), message, inner.get("content_filter_results")),
    )


def _categories(listed: object, message: str, filters: object) -> tuple[str, ...]:
    named = tuple(str(name) for name in items(listed))
    match = _VIOLATIONS.search(message)
    found = tuple(name.strip() for name in match[1].split(",") if name.strip()) if match else ()
    return named or found or filtered(filters)


def filtered(filters: object) -> tuple[str, ...]:
    """Which of Azure's content filters struck."""
    return tuple(
        name for name, verdict in mapping(filters).items() if mapping(verdict).get("filtered") is True
    )


def facts(reply: HttpReply | None, order: Order | None, dialect: Dialect) -> Facts:
    """Gather what every error of an answer shares.

    Args:
        reply: the answer. Absent: it came as a stream.
        order: what was asked. Absent: the call was about no order.
        dialect: who was asked.
    """
    return Facts(
        provider=dialect.provider,
        model=model_id(order),
        status=reply.status if reply else None,
        request_id=request_id(reply, *dialect.request_id) if reply else None,
    )


def diagnose(reply: HttpReply, order: Order | None, dialect: Dialect) -> ProviderError | Refused:
    """Turn an answer that is not 2xx into facts.

    Args:
        reply: the answer.
        order: what was asked. Absent: the call was about no order.
        dialect: who was asked.
    """
    try:
        said = envelope(parse(reply.body))
    except ValueError:
        said = None
    known = facts(reply, order, dialect)
    if said and reply.status in _REFUSALS and said.names & _FILTERS:
        return _refused(said, known, dialect, Billed.NO)
    error = _failed(reply, said, known, dialect)
    error.remedy = _remedy(error, said, order, dialect)
    if reply.headers.get("x-should-retry") == "false" and error.again is Again.SAME:
        error.again = Again.ANOTHER
    return error


def _failed(reply: HttpReply, said: Said | None, known: Facts, dialect: Dialect) -> ProviderError:
    reason = f": {said.message}" if said else ", without a reason."
    words = f"{dialect.title} answered {reply.status}{reason}"
    code = said.code or said.type if said else None
    if said and reply.status in {400, 402, 403, 429} and said.names & _NO_CREDIT:
        return OutOfCredit(words, **known, vendor_code=code, again=Again.ANOTHER, billed=Billed.NO)
    if reply.status in _BY_STATUS:
        kind, again = _BY_STATUS[reply.status]
        wait = retry_after(reply.headers)
        return kind(words, **known, vendor_code=code, retry_after=wait, again=again, billed=Billed.NO)
    if reply.status in _FAILURES:
        # 502 and 504 come from what stands in front of the vendor, even as JSON: `cf_bad_gateway`.
        own = said is not None and reply.status in {500, 503} and not (said.type or "").startswith("cf_")
        return Unavailable(
            words,
            **known,
            vendor_code=code,
            retry_after=retry_after(reply.headers),
            again=Again.SAME if own else Again.NEVER,
            billed=Billed.NO if own else Billed.UNKNOWN,
        )
    return ProviderError(words, **known, vendor_code=code)


def _remedy(error: ProviderError, said: Said | None, order: Order | None, dialect: Dialect) -> str:
    if said and said.names & _GONE and order and order.model.successor:
        return f"Use {order.model.successor}, its successor."
    named = dialect.remedies.get(said.code) if said and said.code else None
    return named or dialect.remedies.get(error.status or 0) or error.remedy


def interrupted(said: Said, known: Facts, dialect: Dialect) -> ProviderError | Refused:
    """An error that came where a picture should: in a stream, or in an answer that says 200.

    Work had begun, so unless the vendor says that it refused the input, billing is open.

    Args:
        said: the vendor's words.
        known: the facts of the answer.
        dialect: who was asked.
    """
    if said.names & _FILTERS:
        return _refused(said, known, dialect, Billed.UNKNOWN)
    words = f"{dialect.title} stopped: {said.message}"
    code = said.code or said.type
    if said.names & _NO_CREDIT:
        return OutOfCredit(words, **known, vendor_code=code)
    if "rate_limit_exceeded" in said.names:
        return RateLimited(words, **known, vendor_code=code)
    if "invalid_request_error" in said.names:
        return BadRequest(words, **known, vendor_code=code)
    if "server_error" in said.names:
        return Unavailable(words, **known, vendor_code=code)
    return ProviderError(words, **known, vendor_code=code)


def _refused(said: Said, known: Facts, dialect: Dialect, otherwise: Billed) -> Refused:
    return Refused(
        f"{dialect.title} refused: {said.message}",
        **known,
        stage=Stage.MODERATION,
        billed=_billed(said, otherwise),
        categories=said.categories,
        remedy="Change the prompt or the pictures: unchanged, they are refused again.",
    )


def _billed(said: Said, otherwise: Billed) -> Billed:
    """A refused input costs nothing; a picture that was painted and held back may."""
    if said.stage == "input":
        return Billed.NO
    if said.stage is None and (said.names & _PROMPT_FILTERS or said.code == "contentFilter"):
        return Billed.UNKNOWN if said.message.startswith(_OUTPUT_FILTERED) else otherwise
    return Billed.UNKNOWN


def malformed(why: str, known: Facts, dialect: Dialect, billed: Billed) -> Malformed:
    """An answer that cannot be read.

    Args:
        why: what is wrong with it.
        known: the facts of the answer.
        dialect: who was asked.
        billed: `yes` when it meters tokens or names a picture, else `unknown`.
    """
    return Malformed(f"{dialect.title} answered, but {why.rstrip('.')}.", **known, billed=billed)
