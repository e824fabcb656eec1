"""From LiteLLM's answer to an outcome. It hands on URLs or base64, whichever the provider sent."""

import binascii
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, Protocol, cast

import pybase64

from limner.core.adapter import Artifact, Done, Fetch, Order, Usage
from limner.core.errors import Billed, Malformed
from limner.core.http import HttpCall, Timeout
from limner.core.money import plain
from limner.painters.litellm.faults import Facts

_CENTS: Final = Decimal("0.000001")


class Response(Protocol):
    """What its functions return, as far as it is read here."""

    def model_dump(self) -> dict[str, object]:
        """All of it as plain values."""
        ...


def read(response: Response, order: Order, facts: Facts) -> Done:
    """Read an answer.

    LiteLLM's own figure of the cost is its price table's, not the provider's: it is told in a note, and only
    where Limner has no price for the model. It is 0 where the table does not know, which is no price either.

    Args:
        response: what LiteLLM's function returned.
        order: what was asked.
        facts: for errors.

    Raises:
        Malformed: there is no picture in it.
    """
    document = response.model_dump()
    usage = _usage(document.get("usage"))
    listed = document.get("data")
    artifacts = [
        _artifact(_mapping(each), facts)
        for each in (cast("list[object]", listed) if isinstance(listed, list) else [])
    ]
    if not artifacts:
        raise Malformed(
            "LiteLLM's answer has no picture.", **facts, billed=Billed.YES if usage else Billed.UNKNOWN
        )
    note = _note(getattr(response, "_hidden_params", None), order)
    if note is not None:
        artifacts[0] = Artifact(artifacts[0].source, note=note, revised_prompt=artifacts[0].revised_prompt)
    return Done(tuple(artifacts), usage=usage, request_id=facts["request_id"])


def _artifact(listed: Mapping[str, object], facts: Facts) -> Artifact:
    inline, url, revised = listed.get("b64_json"), listed.get("url"), listed.get("revised_prompt")
    words = str(revised) if revised else None
    if isinstance(inline, str) and inline:
        try:
            return Artifact(
                pybase64.b64decode(inline.partition("base64,")[2] or inline, validate=True),
                revised_prompt=words,
            )
        except binascii.Error as error:
            raise Malformed("A picture in LiteLLM's answer is broken.", **facts, billed=Billed.YES) from error
    if isinstance(url, str) and url.startswith("data:"):
        return _artifact({"b64_json": url.partition(",")[2], "revised_prompt": revised}, facts)
    if isinstance(url, str) and url:
        return Artifact(
            Fetch(HttpCall("GET", url, timeout=Timeout.TRANSFER, auth="none")), revised_prompt=words
        )
    raise Malformed("A picture in LiteLLM's answer is empty.", **facts, billed=Billed.UNKNOWN)


def _usage(listed: object) -> Usage | None:
    """What was metered. LiteLLM writes zeros where the provider sent nothing."""
    usage = _mapping(listed)
    parts = _mapping(usage.get("input_tokens_details"))
    found = (parts.get("text_tokens"), parts.get("image_tokens"), usage.get("output_tokens"))
    words, pictures, out = (value if isinstance(value, int) else 0 for value in found)
    return Usage(text_in=words, image_in=pictures, image_out=out) if words or pictures or out else None


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def _note(hidden: object, order: Order) -> str | None:
    """What LiteLLM thinks it cost, where nothing better is known."""
    cost = _mapping(hidden).get("response_cost")
    if order.model.prices or not isinstance(cost, int | float) or cost <= 0:
        return None
    amount = plain(Decimal(str(cost)).quantize(_CENTS))
    return f"LiteLLM's price table makes it ${amount}; the provider states nothing."
