"""Calls against a provider's published OpenAPI document.

Documents rarely forbid unknown properties, so that every field has a name they know is checked here. What a
vendor takes although its document does not say so stands in the bundled document's `x-also`, each with its
source: `{"field", "source"}`, and `values` or a `pattern` where only those are taken.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, cast
from urllib.parse import urlsplit

from limner.core.errors import UserError
from limner.core.http import HttpCall, Inline, JsonBody, MultipartBody, Part

_PICTURES: Final = ("image/png", "image/jpeg", "image/webp")
_JSON: Final = "application/json"
_FORM: Final = "multipart/form-data"

Node = Mapping[str, Any]


class Document:
    """One OpenAPI document.

    Example:
        >>> told = Document.bundled("openai")
        >>> call = HttpCall("POST", "/images/generations", body=JsonBody({"prompt": "a kite", "tail": 3}))
        >>> told and told.problems(call)
        ['POST /images/generations: the document has no `tail`']
    """

    def __init__(self, raw: Node, also: tuple[Node, ...] = ()) -> None:
        """Take a document as it was read.

        Args:
            raw: the document.
            also: what else the vendor takes, besides the document's own `x-also`.
        """
        self.raw: Node = modern(raw)
        self.also: tuple[Node, ...] = (*raw.get("x-also", ()), *also)
        self._validators: dict[tuple[str, str, str], Any] = {}

    @classmethod
    def parse(cls, data: bytes, *, beside: "Document | None" = None) -> "Document":
        """Read a document that somebody names.

        Args:
            data: JSON.
            beside: the one it is compared with, whose `x-also` holds for it too. Absent: none.

        Raises:
            UserError: it is no OpenAPI document in JSON.
        """
        try:
            raw = _members(json.loads(data))
        except ValueError:
            raw = _members(None)
        if not _members(raw.get("paths")):
            raise UserError(
                "This is no OpenAPI document in JSON.",
                code="invalid_spec",
                field="spec",
                remedy="Give the provider's document as JSON. One in YAML has to be converted first.",
            )
        return cls(raw, () if beside is None else beside.also)

    @staticmethod
    @cache
    def bundled(slug: str) -> "Document | None":
        """The document in a provider's folder. `None`: none is published."""
        path = files("limner.providers") / slug.replace("-", "_") / "openapi.json"
        return Document(json.loads(path.read_text("utf-8"))) if path.is_file() else None

    @property
    def version(self) -> str:
        """What it says of itself."""
        return str(self.raw.get("info", {}).get("version", ""))

    def problems(self, call: HttpCall) -> list[str]:
        """Say in which points a call is not as the document describes it. Empty: it is."""
        found = self.operation(call)
        where = f"{call.method} {urlsplit(call.url).path}"
        if found is None:
            return [f"{where}: the document has no such call"]
        path, described = found
        told = [f"{where}: {one}" for one in self._queried(call, described)]
        media_type = _FORM if isinstance(call.body, MultipartBody) else _JSON
        if call.body is None:
            return told
        content = described.get("requestBody", {}).get("content", {})
        if media_type not in content:
            return [*told, f"{where}: it takes no {media_type}"]
        schema = content[media_type]["schema"]
        body, wrong = self._fields(schema, call)
        wrong += self._misfits(schema, body, (path, call.method, media_type))
        return told + [f"{where}: {one}" for one in wrong]

    def operation(self, call: HttpCall) -> tuple[str, Node] | None:
        """The path and the entry for a call. `None`: the document has none."""
        asked = urlsplit(call.url).path
        for server in [{"url": ""}, *self.raw.get("servers", ())]:
            root = urlsplit(server["url"]).path.rstrip("/")
            path = asked.removeprefix(root)
            for template, methods in self.raw["paths"].items():
                if call.method.lower() in methods and re.fullmatch(_pattern(template), path):
                    return template, methods[call.method.lower()]
        return None

    def fields(self, path: str, method: str) -> frozenset[str]:
        """The names of what a call of the document takes."""
        described = self.raw["paths"].get(path, {}).get(method.lower(), {})
        schemas = [one["schema"] for one in described.get("requestBody", {}).get("content", {}).values()]
        names = {name for schema in schemas for name in self._properties(schema) or ()}
        queried = {str(one["name"]) for one in self._parameters(described) if one["in"] == "query"}
        return frozenset(names | queried)

    def misfits(self, name: str, value: object) -> list[str]:
        """Say in which points a value is not what a schema of that name describes. Empty: it is."""
        return self._misfits({"$ref": f"#/components/schemas/{name}"}, value, ("", "", name))

    def departs(self, schema: Node, value: object) -> list[str]:
        """The same, by a schema that stands somewhere in the document."""
        return self._misfits(schema, value, ("", "", json.dumps(schema, sort_keys=True)))

    # Names and values

    def _misfits(self, schema: Node, body: Any, key: tuple[str, str, str]) -> list[str]:
        beyond = {str(one["field"]) for one in self.also if _taken(one, body)}
        wrong = [
            f"{'.'.join(str(step) for step in error.absolute_path) or 'the body'}: {error.message[:200]}"
            for error in self._validator(schema, key).iter_errors(body)
            if not {*list(error.absolute_path)[:1]} & beyond
        ]
        wrong += [
            f"the document has no `{name}`" for name in self._strange(schema, body) if name not in beyond
        ]
        return wrong + list(self._lacking(schema, body))

    def _validator(self, schema: Node, key: tuple[str, str, str]) -> Any:
        if key not in self._validators:
            whole = {**schema, "components": self.raw.get("components", {})}
            self._validators[key] = _drafted(whole)
        return self._validators[key]

    def _strange(self, node: Node, value: Any, where: str = "") -> Iterator[str]:
        """What has a name that the document does not know, at any depth."""
        for one in _entries(value):
            for items in self._inside(node, "items"):
                yield from self._strange(items, one, where)
        known = self._properties(node)
        if known is None:
            return
        for name, part in _members(value).items():
            if name in known:
                yield from self._strange({"anyOf": known[name]}, part, f"{where}{name}.")
            else:
                yield f"{where}{name}"

    def _properties(self, node: Node) -> dict[str, list[Node]] | None:
        """The named members of an object. `None`: it takes any, or is none."""
        known: dict[str, list[Node]] = {}
        for one in self._parts(node):
            if one.get("additionalProperties") or (one.get("type") == "object" and "properties" not in one):
                return None
            for name, part in one.get("properties", {}).items():
                known.setdefault(name, []).append(part)
        return known or None

    def _inside(self, node: Node, member: str) -> list[Node]:
        return [one[member] for one in self._parts(node) if isinstance(one.get(member), Mapping)]

    def _parts(self, node: Node) -> Iterator[Node]:
        """A schema, and those it is put together from."""
        node = self._resolved(node)
        yield node
        for word in ("allOf", "anyOf"):
            for one in node.get(word, ()):
                yield from self._parts(one)

    def _resolved(self, node: Node) -> Node:
        while "$ref" in node:
            place: Any = self.raw
            for step in node["$ref"].removeprefix("#/").split("/"):
                place = place[step.replace("~1", "/").replace("~0", "~")]
            node = place
        return node

    def _lacking(self, schema: Node, body: Any) -> Iterator[str]:
        """What the vendor says in prose about fields that need others, kept as `x-` members."""
        known = self._properties(schema) or {}
        for name in known.keys() & _members(body).keys():
            for described in (self._resolved(one) for one in known[name]):
                other, _, value = described.get("x-only-for", "").partition("=")
                if other and body.get(other, self._default(known[other])) != value:
                    yield f"`{name}` is only for {other}={value}"
                if described.get("x-required-with", "prompt") not in {*body, "prompt"}:
                    yield f"`{name}` needs `{described['x-required-with']}`"
                if (either := described.get("x-requires-one-of")) and not {*either} & {*body}:
                    yield f"`{name}` needs one of {', '.join(either)}"

    def _default(self, nodes: list[Node]) -> object:
        return next((one["default"] for one in map(self._resolved, nodes) if "default" in one), None)

    # What a call carries

    def _parameters(self, described: Node) -> list[Node]:
        return [self._resolved(one) for one in described.get("parameters", ())]

    def _queried(self, call: HttpCall, described: Node) -> Iterator[str]:
        taken = [one for one in self._parameters(described) if one["in"] == "query"]
        sent = {name for name, _ in call.query}
        for name in sorted(sent - {one["name"] for one in taken}):
            yield f"the document has no parameter `{name}`"
        for name in sorted({one["name"] for one in taken if one.get("required")} - sent):
            yield f"the parameter `{name}` is missing"

    def _fields(self, schema: Node, call: HttpCall) -> tuple[Any, list[str]]:
        """The body as one object: pictures become text, and text parts the type that their field has."""
        if isinstance(call.body, JsonBody):
            return textual(call.body.value), []
        body: dict[str, Any] = {}
        wrong: list[str] = []
        known = self._properties(schema) or {}
        for part in call.body.parts if isinstance(call.body, MultipartBody) else ():
            *outer, last = part.name.removesuffix("[]").replace("]", "").split("[")
            inside = body
            for step in outer:
                inside = inside.setdefault(step, {})
            kinds = [self._resolved(one) for place in known.get(last, ()) for one in self._parts(place)]
            value = "binary" if part.filename else _typed(part, kinds)
            if part.filename and part.media_type not in _media_types(kinds):
                wrong.append(f"`{part.name}` takes no {part.media_type}")
            if part.name.endswith("[]"):
                inside.setdefault(last, []).append(value)
            elif last in inside:
                wrong.append(f"`{part.name}` comes twice")
            inside.setdefault(last, value)
        return body, wrong


def modern(node: Any) -> Any:
    """A document in the words of JSON Schema.

    OpenAPI 3.0's `nullable`, values that only dead models took, and alternatives that overlap: Replicate has
    text or one certain text.
    """
    if not isinstance(node, dict):
        return [modern(part) for part in _entries(node)] if isinstance(node, list) else node
    changed = {name: modern(part) for name, part in _members(node).items()}
    if isinstance(changed.get("oneOf"), list):
        changed["anyOf"] = changed.pop("oneOf")
    if "x-legacy-values" in changed:
        changed["enum"] = [*changed["enum"], *changed["x-legacy-values"]]
    if changed.get("nullable") is True and isinstance(changed.get("type"), str):
        changed["type"] = [changed["type"], "null"]
        if "enum" in changed:
            changed["enum"] = [*changed["enum"], None]
    return changed


def textual(value: Any) -> Any:
    """A body with a text for each picture."""
    if isinstance(value, Inline):
        return f"{value.prefix}QUFB"
    if isinstance(value, Mapping):
        return {name: textual(part) for name, part in _members(value).items()}
    return [textual(part) for part in _entries(value)] if isinstance(value, list | tuple) else value


def _members(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _entries(value: Any) -> list[Any]:
    return list(cast("list[Any]", value)) if isinstance(value, list | tuple) else []


def _pattern(template: str) -> str:
    return re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(template))


def _taken(one: Node, body: Any) -> bool:
    """Whether the vendor takes what a body has in a field, whatever the document says."""
    if one["field"] not in _members(body):
        return False
    value: Any = _members(body)[one["field"]]
    if "pattern" in one:
        return re.fullmatch(one["pattern"], str(value)) is not None
    return value in one.get("values", [value])


def _typed(part: Part, kinds: list[Node]) -> object:
    """A text part in the type its field has."""
    text = part.data.decode()
    names = {
        name
        for one in kinds
        for name in ([one["type"]] if isinstance(one.get("type"), str) else one.get("type", ()))
    }
    for name, read in (
        ("integer", int),
        ("number", float),
        ("boolean", {"true": True, "false": False}.__getitem__),
    ):
        if name in names:
            try:
                return read(text)
            except (ValueError, KeyError):
                continue
    return text


def _media_types(kinds: list[Node]) -> tuple[str, ...]:
    return tuple(name for one in kinds for name in one.get("x-media-types", ())) or _PICTURES


def _drafted(schema: Node) -> Any:
    try:
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - the extra `contract`
    except ImportError:
        raise UserError(
            "Documents are compared with jsonschema, which is not installed.",
            code="missing_extra",
            remedy='pip install "limner[contract]"',
        ) from None
    return Draft202012Validator(schema)
