"""Published documents that are half OpenAPI 3.0, read as JSON Schema."""

from typing import Any


def nullable(schema: Any) -> Any:
    """OpenAPI 3.0's `nullable`, which documents of 3.1 still use, as JSON Schema says it."""
    if isinstance(schema, list):
        return [nullable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {name: nullable(value) for name, value in schema.items()}
    if changed.pop("nullable", False) is True:
        if "type" not in changed:
            return {"anyOf": [changed, {"type": "null"}]}
        changed["type"] = [changed["type"], "null"]
        if "enum" in changed:
            changed["enum"] = [*changed["enum"], None]
    return changed
