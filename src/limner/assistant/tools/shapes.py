"""The tools as language models are told of them.

OpenAI: chat completions, `tools[]` (https://platform.openai.com/docs/guides/function-calling, 2026-11-21).
Anthropic: messages, `tools[]` (https://docs.anthropic.com/en/docs/agents-and-tools/tool-use, 2026-11-21).
MCP: `tools/list` (https://modelcontextprotocol.io/specification/2025-06-18/server/tools, 2026-11-21).
"""

from limner.assistant.tools.definition import Parameter, Tool

Json = dict[str, object]


def openai(tool: Tool) -> Json:
    """For OpenAI's chat completions, and whoever speaks like them.

    Example:
        >>> from limner.assistant.tools.definition import GENERATE_IMAGE
        >>> openai(GENERATE_IMAGE)["function"]["name"]
        'generate_image'
    """
    function = {"name": tool.name, "description": tool.about, "parameters": schema(tool)}
    return {"type": "function", "function": function}


def anthropic(tool: Tool) -> Json:
    """For Anthropic's messages."""
    return {"name": tool.name, "description": tool.about, "input_schema": schema(tool)}


def mcp(tool: Tool) -> Json:
    """For the Model Context Protocol."""
    return {
        "name": tool.name,
        "title": tool.title,
        "description": tool.about,
        "inputSchema": schema(tool),
        "annotations": {
            "readOnlyHint": True,
            "destructiveHint": False,
            "idempotentHint": True,
            "openWorldHint": False,
        },
    }


def schema(tool: Tool) -> Json:
    """The arguments as JSON Schema."""
    return {
        "type": "object",
        "properties": {each.name: _property(each) for each in tool.parameters},
        "required": [each.name for each in tool.parameters if each.required],
        "additionalProperties": False,
    }


def _property(parameter: Parameter) -> Json:
    described: Json = {"type": "string", "description": parameter.about}
    if parameter.values:
        return {**described, "enum": list(parameter.values)}
    return {**described, "maxLength": parameter.most}
