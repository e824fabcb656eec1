"""From what a language model wrote to a request, with errors that it can mend."""

from collections.abc import Iterable, Mapping

from limner.assistant.tools.definition import EDIT_IMAGE, TOOLS, Tool
from limner.core.errors import UserError
from limner.core.operations import NEEDS, Need, Operation
from limner.core.pictures import Picture, Size
from limner.core.requests import Request, parse_tier


def request_of(name: str, arguments: Mapping[str, object], pictures: Mapping[str, Picture]) -> Request:
    """Read a call.

    Args:
        name: of the tool.
        arguments: as the language model wrote them. One that is `None` or empty is absent.
        pictures: those of the conversation, by id; their sizes are known.

    Raises:
        UserError: there is no such tool, argument, value or picture.
    """
    tool = next((tool for tool in TOOLS if tool.name == name), None)
    if tool is None:
        raise _wrong("tool", f"There is no tool {name!r}.", f"There are: {_listed(t.name for t in TOOLS)}.")
    given = {key: value for key, value in arguments.items() if value is not None and value != ""}
    texts = {key: _checked(tool, key, value) for key, value in given.items()}
    for parameter in tool.parameters:
        if parameter.required and not texts.get(parameter.name, "").strip():
            raise _wrong(parameter.name, f"`{parameter.name}` is missing.", parameter.about)
    operation = Operation(texts.get("operation", "edit")) if tool is EDIT_IMAGE else Operation.GENERATE
    prompt = texts.get("prompt", "")
    if NEEDS[operation].prompt is Need.UNUSED:
        prompt = ""  # what it says is done without words
    size, quality = texts.get("size"), texts.get("quality")
    return Request(
        operation,
        prompt=prompt,
        images=(_picture(texts["image"], pictures),) if tool is EDIT_IMAGE else (),
        quality=None if quality is None else parse_tier(quality),
        size=None if size is None else Size.parse(size),
        style=texts.get("style"),
    )


def _checked(tool: Tool, name: str, value: object) -> str:
    parameter = next((each for each in tool.parameters if each.name == name), None)
    if parameter is None:
        known = _listed(each.name for each in tool.parameters)
        raise _wrong(name, f"{tool.name} has no `{name}`.", f"It has: {known}.")
    if not isinstance(value, str):
        raise _wrong(name, f"`{name}` is no text.", parameter.about)
    if parameter.values and value not in parameter.values:
        raise _wrong(name, f"`{name}` cannot be {value!r}.", f"Choose one of: {_listed(parameter.values)}.")
    if len(value) > parameter.most:
        raise _wrong(name, f"`{name}` is longer than {parameter.most} characters.", "Shorten it.")
    return value


def _picture(name: str, pictures: Mapping[str, Picture]) -> Picture:
    if name not in pictures:
        known = f"There are: {_listed(pictures)}." if pictures else "There is none yet."
        raise _wrong("image", f"This conversation has no picture {name!r}.", known)
    return pictures[name]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _wrong(field: str, message: str, remedy: str) -> UserError:
    return UserError(message, code="invalid_tool_call", field=field, remedy=remedy)
