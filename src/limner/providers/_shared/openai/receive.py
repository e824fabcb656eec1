"""Answers: pictures inline or at a URL, what was metered, and the events of a stream.

A 200 that brings no picture is an error. It counts as billed when the answer meters tokens or names
a picture, for then it was painted; otherwise nobody knows, and it counts as `unknown`.
"""

from collections.abc import Mapping
from typing import Final

from limner.core.adapter import Artifact, Done, Fetch, Order, Partial, Usage
from limner.core.errors import Billed, Refused, Stage
from limner.core.http import Frame, HttpCall, HttpReply, Timeout
from limner.core.pictures import Format
from limner.providers._shared.openai.dialect import Dialect
from limner.providers._shared.openai.faults import (
    Facts,
    Said,
    envelope,
    facts,
    filtered,
    interrupted,
    malformed,
)
from limner.providers._shared.reading import items, mapping, parse, picture, redact, text, whole

_PARTIAL: Final = {"image_generation.partial_image", "image_edit.partial_image"}
_COMPLETED: Final = {"image_generation.completed", "image_edit.completed"}
_MEDIA_TYPES: Final[Mapping[str | None, str]] = {form.value: form.media_type for form in Format}


def read(reply: HttpReply, order: Order, dialect: Dialect) -> Done:
    """Read a whole answer.

    Args:
        reply: a 2xx answer.
        order: what was asked.
        dialect: who answered.

    Raises:
        ProviderError: it is an error after all, cannot be read, or holds no picture.
        Refused: every picture was filtered out.
    """
    known = facts(reply, order, dialect)
    document = _document(reply.body, known, dialect)
    metered = usage(document.get("usage"))
    entries = [mapping(entry) for entry in items(document.get("data"))]
    billed = Billed.YES if entries or (metered and metered.image_out) else Billed.UNKNOWN
    if not entries:
        raise malformed("no picture is in it", known, dialect, billed)
    outcomes = [_artifact(entry, document, order, dialect) for entry in entries]
    artifacts = tuple(one for one in outcomes if isinstance(one, Artifact))
    reasons = [one for one in outcomes if isinstance(one, str)]
    if not artifacts:
        raise _nothing(entries, reasons, known, dialect, billed)
    silent = order.request.n - len(outcomes)
    reasons += [f"{dialect.title} sent {len(outcomes)} of {order.request.n} and did not say why."] * silent
    request_id = known["request_id"] or text(document.get("id"))
    return Done(artifacts, tuple(reasons), metered, request_id=request_id)


def _document(body: bytes, known: Facts, dialect: Dialect) -> Mapping[str, object]:
    try:
        document = parse(body)
    except ValueError:
        raise malformed("it is not JSON, or cut off", known, dialect, Billed.UNKNOWN) from None
    said = envelope(document)
    if said:
        raise interrupted(said, known, dialect)
    return mapping(document)


def _nothing(
    entries: list[Mapping[str, object]], reasons: list[str], known: Facts, dialect: Dialect, billed: Billed
) -> Exception:
    struck = tuple(name for entry in entries for name in filtered(entry.get("content_filter_results")))
    if not struck:
        return malformed(f"no picture in it can be read: {' '.join(reasons)}", known, dialect, billed)
    return Refused(
        f"{dialect.title} filtered out every picture: {', '.join(struck)}.",
        **known,
        stage=Stage.MODERATION,
        billed=Billed.UNKNOWN,
        categories=tuple(dict.fromkeys(struck)),
        remedy="Change the prompt or the pictures: unchanged, they are refused again.",
    )


def _artifact(
    entry: Mapping[str, object], document: Mapping[str, object], order: Order, dialect: Dialect
) -> Artifact | str:
    """One picture, or why there is none."""
    struck = filtered(entry.get("content_filter_results"))
    source = picture(entry.get("b64_json")) or _fetch(entry.get("url"), document.get("created"), dialect)
    if source is None:
        if struck:
            return f"{dialect.title} filtered it out: {', '.join(struck)}."
        return "What came is not base64." if "b64_json" in entry else "Neither base64 nor a URL came."
    notes = (
        _filter_note(struck, dialect),
        _svg_note(document.get("svg_usage")),
        *_echo(document, order, dialect),
    )
    return Artifact(
        source,
        media_type=_MEDIA_TYPES.get(text(document.get("output_format"))),
        flagged=bool(struck),
        note=" ".join(note for note in notes if note) or None,
        revised_prompt=text(entry.get("revised_prompt")),
    )


def _fetch(url: object, created: object, dialect: Dialect) -> Fetch | None:
    address, since = text(url), whole(created)
    if address is None or not address.startswith(("https://", "http://")):
        return None
    call = HttpCall("GET", address, timeout=Timeout.TRANSFER, auth="none")
    if since is None or dialect.url_seconds is None:
        return Fetch(call)
    return Fetch(call, expires_at=float(since + dialect.url_seconds))


def _filter_note(struck: tuple[str, ...], dialect: Dialect) -> str | None:
    return f"{dialect.title} marks it as filtered: {', '.join(struck)}." if struck else None


def _echo(document: Mapping[str, object], order: Order, dialect: Dialect) -> list[str]:
    """What the vendor says it used instead of what was sent."""
    request = order.request
    sent = {"size": str(request.size or ""), "quality": order.quality, "background": request.background}
    used = {name: text(document.get(name)) for name in sent}
    return [
        f"{dialect.title} made it with {name} {used[name]} instead of {asked}."
        for name, asked in sent.items()
        if asked and used[name] and asked not in {used[name], "auto"}
    ]


def _svg_note(metered: object) -> str | None:
    """The tokens of the model that writes an SVG are billed apart, at that model's own price."""
    author, tokens = text(mapping(metered).get("model")), whole(mapping(metered).get("total_tokens"))
    if author is None or tokens is None:
        return None
    return f"{redact(author)} wrote it: {tokens} tokens, billed apart."


def usage(metered: object) -> Usage | None:
    """What was metered, in tokens.

    Args:
        metered: the answer's `usage`.

    Returns:
        The counts, or `None`: nothing was metered. Where input is not split, all of it counts as
        image tokens, the dearer; where output is not split, all of it is image tokens.
    """
    total = mapping(metered)
    if not total:
        return None
    into, out = mapping(total.get("input_tokens_details")), mapping(total.get("output_tokens_details"))
    return Usage(
        text_in=whole(into.get("text_tokens")),
        image_in=whole(into.get("image_tokens")) if into else whole(total.get("input_tokens")),
        image_out=whole(out.get("image_tokens")) if out else whole(total.get("output_tokens")),
        text_out=whole(out.get("text_tokens")),
    )


def event(frame: Frame, order: Order, dialect: Dialect) -> Partial | Done | None:
    """Read one event of a stream.

    A preview that cannot be read is progress without a picture. An event of an unknown name says
    nothing: a stream that ends without a picture is an error anyway.

    Args:
        frame: the event.
        order: what was asked.
        dialect: who speaks.

    Raises:
        ProviderError: the vendor reports an error, or the event cannot be read.
        Refused: the vendor's moderation said no.
    """
    data = frame.data.strip()
    if not data or data == b"[DONE]":
        return None
    known = facts(None, order, dialect)
    document = _event_document(data, frame.event == "error", known, dialect)
    kind = text(document.get("type")) or frame.event
    if kind in _PARTIAL:
        place = whole(document.get("partial_image_index")) or 0
        return Partial(picture(document.get("b64_json")), index=place)
    if kind not in _COMPLETED:
        return None
    outcome = _artifact(document, document, order, dialect)
    if isinstance(outcome, str):
        raise malformed(f"the picture cannot be read: {outcome}", known, dialect, Billed.YES)
    return Done((outcome,), usage=usage(document.get("usage")))


def _event_document(data: bytes, failed: bool, known: Facts, dialect: Dialect) -> Mapping[str, object]:
    if not failed:
        return _document(data, known, dialect)
    try:
        document = parse(data)
    except ValueError:
        document = None
    loose = mapping(document)
    said = envelope(loose) or Said(
        message=redact(text(loose.get("message")) or "it did not say why."),
        code=text(loose.get("code")),
        type=text(loose.get("type")),
    )
    raise interrupted(said, known, dialect)
