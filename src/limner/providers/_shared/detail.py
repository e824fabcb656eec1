"""Errors as FastAPI writes them: `{"detail": "…"}`, or `{"detail": [{"loc", "msg", "type"}]}`."""

from collections.abc import Mapping

from limner.providers._shared.reading import items, mapping, text


def complaint(document: Mapping[str, object]) -> tuple[str | None, str | None]:
    """What a document complains about, and the type of its first complaint. Absent: it says none.

    Example:
        >>> complaint({"detail": [{"loc": ["body", "width"], "msg": "too small", "type": "ge"}]})
        ('body.width: too small', 'ge')
        >>> complaint({"detail": "Not found"})
        ('Not found', None)
    """
    detail = document.get("detail")
    entries = [mapping(entry) for entry in items(detail)]
    message = text(detail) or "; ".join(_sentence(entry) for entry in entries)
    return message or None, next((text(entry.get("type")) for entry in entries), None)


def _sentence(entry: Mapping[str, object]) -> str:
    place = ".".join(str(step) for step in items(entry.get("loc")))
    return f"{place}: {entry.get('msg')}" if place else str(entry.get("msg"))
