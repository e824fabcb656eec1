"""What went over the wire, in a form that may be stored and shown: no bytes, no secrets."""

from collections.abc import Iterable, Mapping
from typing import cast

from limner.core.http import FormBody, HttpCall, Inline, JsonBody, MultipartBody, Part, RawBody

_LONG = 2000


def describe(call: HttpCall) -> dict[str, object]:
    """Summarise a call for its attempt's row.

    Args:
        call: as the adapter built it, before credentials are applied.

    Returns:
        Method, URL and fields; pictures appear as their length.

    Example:
        >>> describe(HttpCall("POST", "/x", body=JsonBody({"prompt": "a pear", "image": Inline(b"123")})))
        {'method': 'POST', 'url': '/x', 'body': {'prompt': 'a pear', 'image': '3 bytes'}}
    """
    summary: dict[str, object] = {"method": call.method, "url": call.url}
    if call.query:
        summary["query"] = dict(call.query)
    if call.body is not None:
        summary["body"] = _body(call.body)
    return summary


def _body(body: JsonBody | FormBody | MultipartBody | RawBody) -> object:
    if isinstance(body, JsonBody):
        return _plain(body.value)
    if isinstance(body, FormBody):
        return {name: _shorten(value) for name, value in body.fields}
    if isinstance(body, RawBody):
        return f"{len(body.data)} bytes of {body.media_type}"
    return [[part.name, _part(part)] for part in body.parts]


def _part(part: Part) -> str:
    if part.filename is None:
        return _shorten(part.data.decode("utf-8", "replace"))
    return f"{len(part.data)} bytes of {part.media_type}"


def _plain(value: object) -> object:
    if isinstance(value, Inline):
        return f"{len(value.data)} bytes"
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        return {str(key): _plain(item) for key, item in items}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast("Iterable[object]", value)]
    return _shorten(value) if isinstance(value, str) else value


def _shorten(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[:_LONG]}… ({len(text)} characters)"
