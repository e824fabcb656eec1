"""Calls and replies against a provider's published OpenAPI document, as `limner.conformance` reads it."""

from collections.abc import Mapping
from typing import Any

from limner.conformance.document import Document, textual
from limner.core.http import HttpCall, MultipartBody

__all__ = ["check_call", "check_names", "document", "textual", "validate"]


def bundled(slug: str) -> Document:
    found = Document.bundled(slug)
    assert found, f"{slug} has no document"
    return found


def document(slug: str) -> Mapping[str, Any]:
    return bundled(slug).raw


def validate(slug: str, name: str, value: object) -> None:
    """Fail unless a value is what a named schema describes. It may have more members."""
    wrong = [one for one in bundled(slug).misfits(name, value) if "has no `" not in one]
    assert not wrong, wrong


def check_names(slug: str, name: str, value: Mapping[str, object]) -> None:
    """Fail when a field is sent that the document does not name, at any depth."""
    wrong = [one for one in bundled(slug).misfits(name, value) if "has no `" in one]
    assert not wrong, wrong


def check_call(slug: str, call: HttpCall) -> None:
    """Fail unless a call is one that the document describes."""
    wrong = bundled(slug).problems(call)
    assert not wrong, wrong
    for part in call.body.parts if isinstance(call.body, MultipartBody) else ():
        if part.filename:
            assert part.filename.rpartition(".")[2] in {"png", "jpg", "webp"}
            assert part.name != "mask" or part.media_type == "image/png"
