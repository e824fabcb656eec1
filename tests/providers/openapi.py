"""Calls and replies against a provider's published OpenAPI document.

The documents do not forbid unknown properties, so that every field has a name they know is checked here.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from limner.core.http import HttpCall, Inline, JsonBody, MultipartBody, Part
from tests.support.sources import PACKAGE


@cache
def document(slug: str) -> dict[str, Any]:
    path = PACKAGE / "providers" / slug / "openapi.json"
    return modern(json.loads(path.read_text(encoding="utf-8")))


def modern(node: Any) -> Any:
    """OpenAPI 3.0's `nullable`, values that only dead models took, and alternatives that overlap (Replicate
    has text or one certain text), in the words of JSON Schema."""
    if isinstance(node, list):
        return [modern(part) for part in node]
    if not isinstance(node, dict):
        return node
    changed = {name: modern(part) for name, part in node.items()}
    if "oneOf" in changed:
        changed["anyOf"] = changed.pop("oneOf")
    if "x-legacy-values" in node:
        changed["enum"] = [*changed["enum"], *node["x-legacy-values"]]
    if node.get("nullable") is True and isinstance(node.get("type"), str):
        changed["type"] = [node["type"], "null"]
        if "enum" in changed:
            changed["enum"] = [*changed["enum"], None]
    return changed


def schema(slug: str, name: str) -> dict[str, Any]:
    return {
        "$ref": f"#/components/schemas/{name}",
        "components": {"schemas": document(slug)["components"]["schemas"]},
    }


def validate(slug: str, name: str, value: object) -> None:
    """Fail unless a value is what a named schema describes."""
    Draft202012Validator(schema(slug, name)).validate(value)


def check_names(slug: str, name: str, value: Mapping[str, object]) -> None:
    """Fail when a field is sent that the document does not name, at any depth."""
    known(slug, document(slug)["components"]["schemas"][name], value, name)


def known(slug: str, node: dict[str, Any], value: object, where: str) -> None:
    if "$ref" in node:
        node = document(slug)["components"]["schemas"][node["$ref"].rpartition("/")[2]]
    if isinstance(value, Mapping) and "properties" in node:
        strange = set(value) - set(node["properties"])
        assert not strange, f"{where} has no {strange}"
        for name, part in value.items():
            known(slug, node["properties"][name], part, f"{where}.{name}")


def check_call(slug: str, call: HttpCall) -> None:
    """Fail unless a call is one that the document describes."""
    path, described = operation(slug, call)
    content = described["requestBody"]["content"]
    media_type = "application/json" if isinstance(call.body, JsonBody) else "multipart/form-data"
    name = content[media_type]["schema"]["$ref"].rpartition("/")[2]
    body = fields(slug, name, call)
    validate(slug, name, body)
    check_names(slug, name, body)
    taken = [parameter(slug, one) for one in described.get("parameters", ())]
    queried = {one["name"] for one in taken if one["in"] == "query"}
    required = {one["name"] for one in taken if one["in"] == "query" and one["required"]}
    assert required <= {name for name, _ in call.query} <= queried, path


def parameter(slug: str, node: dict[str, Any]) -> dict[str, Any]:
    name = node.get("$ref", "").rpartition("/")[2]
    return document(slug)["components"]["parameters"][name] if name else node


def operation(slug: str, call: HttpCall) -> tuple[str, dict[str, Any]]:
    """The document's entry for a call."""
    path = call.url.removeprefix("/openai") if slug == "azure" else call.url
    for template, methods in document(slug)["paths"].items():
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path):
            return template, methods[call.method.lower()]
    raise AssertionError(f"the document has no {path}")


def fields(slug: str, name: str, call: HttpCall) -> dict[str, object]:
    """The body as one object: pictures become text, and text parts the type that their field has."""
    if isinstance(call.body, JsonBody):
        return textual(call.body.value)
    assert isinstance(call.body, MultipartBody)
    body: dict[str, Any] = {}
    properties = document(slug)["components"]["schemas"][name]["properties"]
    for part in call.body.parts:
        *outer, last = part.name.removesuffix("[]").replace("]", "").split("[")
        inside = body
        for step in outer:
            inside = inside.setdefault(step, {})
        if part.name.endswith("[]"):
            inside.setdefault(last, []).append(of_file(part))
        else:
            assert last not in inside, f"{part.name} comes twice"
            inside[last] = of_file(part) if part.filename else typed(part, properties.get(last, {}))
    if isinstance(body.get("image"), list):
        assert len(body["image"]) > 1, "one picture is named `image`"
    return body


def textual(value: Any) -> Any:
    if isinstance(value, Inline):
        return f"{value.prefix}QUFB"
    if isinstance(value, Mapping):
        return {name: textual(part) for name, part in value.items()}
    return [textual(part) for part in value] if isinstance(value, list | tuple) else value


def of_file(part: Part) -> str:
    assert part.media_type in {"image/png", "image/jpeg", "image/webp"}
    assert part.filename
    assert part.filename.rpartition(".")[2] in {"png", "jpg", "webp"}
    if part.name == "mask":
        assert part.media_type == "image/png"
    return "binary"


def typed(part: Part, described: dict[str, Any]) -> object:
    text = part.data.decode()
    kinds = described.get("type", [])
    if "integer" in kinds or described.get("$ref", "").endswith("PartialImages"):
        return int(text)
    if "boolean" in kinds:
        return {"true": True, "false": False}[text]
    return text
