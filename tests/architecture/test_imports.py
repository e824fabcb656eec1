"""Which room may use which library: pixels, sockets, the web framework.

The rooms among themselves are import-linter's business. A new dependency is placed here, once.
"""

import ast
import re
import sys

import pytest

from tests.support.sources import imports, modules, tree, within

EDGES = (
    "catalog/",
    "providers/",
    "engine/records.py",
    "settings.py",
    "sandbox/",
    "assistant/",
    "client/",
    "server/",
    "cli/",
)

PURE = {  # they compute, and reach nothing
    "PIL": ("pixels/", "painters/", "client/results.py"),  # the last one: a result's .pil()
    "numpy": ("pixels/", "painters/"),
    "cv2": ("pixels/", "painters/"),
    "pi_heif": ("pixels/",),
    "c2pa": ("pixels/provenance/",),
    "cryptography": ("pixels/provenance/", "providers/_shared/", "sandbox/fal/webhooks.py"),
    "resvg_py": ("painters/",),
    "jsonschema": ("conformance/",),
    "pydantic": EDGES,
    "pydantic_core": EDGES,
    "pydantic_settings": ("settings.py",),
    "pybase64": ("*",),
    "msgpack": ("transport/", "providers/", "sandbox/"),
    "structlog": ("*",),
    "prometheus_client": ("server/metrics.py",),  # figures of this process; its own server is not started
    "typer": ("cli/",),
    "rich": ("cli/",),
    "textual_image": ("cli/",),
    "anyio": ("*",),
}

SOCKETS = {  # they can reach the network: an allow-list that is read in review
    "asyncio.open_connection": (),
    "asyncio.start_server": (),
    "ftplib": (),
    "http.client": (),
    "smtplib": (),
    # look-ups before an untrusted URL is fetched; resets on demand; whether a port is free
    # storage/postgres.py hangs up on a database that is frozen; it opens no socket of its own.
    "socket": ("transport/", "sandbox/", "cli/listen.py", "storage/postgres.py"),
    "socketserver": (),
    "ssl": ("transport/",),
    "urllib.request": (),
    "xmlrpc": (),
    "litellm": ("painters/litellm/library.py",),  # it reaches providers
    "diffusers": ("painters/diffusers/pipelines.py",),  # it downloads weights, of one commit that is named
    "torch": ("painters/diffusers/",),
    "httpx": ("painters/litellm/door.py",),  # LiteLLM's clients are httpx's; each call leaves through there
    "httpx2": ("transport/", "client/", "sandbox/hooks.py"),  # the last one: webhooks to this machine
    "pyreqwest": ("transport/",),
    "fastapi": ("server/", "sandbox/"),
    "starlette": ("server/", "sandbox/"),
    "uvicorn": ("server/", "sandbox/", "cli/"),
    "sqlalchemy": ("storage/", "sql"),
    "alembic": ("storage/",),
    "psycopg": ("storage/",),
    "obstore": ("storage/",),
}

PLACES = PURE | SOCKETS


def place_of(name: str) -> str | None:
    """The entry that speaks for an import: the longest that is the name or a package around it."""
    return max((entry for entry in PLACES if f"{name}.".startswith(f"{entry}.")), key=len, default=None)


def may_use(module: str, library: str) -> bool:
    places = PLACES[library]
    # A room's tables, and the statements over them, stand in its sql.py or its sql/.
    return within(module, places) or ("sql" in places and re.search(r"/sql(/|\.py$)", module) is not None)


def test_every_library_is_used_only_in_its_place():
    wrong = [
        f"{module} imports {name}; {library} belongs in {', '.join(PLACES[library]) or 'no room'}"
        for module, path in modules().items()
        for name in imports(path)
        if (library := place_of(name)) and not may_use(module, library)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_library_has_a_place():
    known = sys.stdlib_module_names | {"limner"}
    unplaced = sorted(
        f"{module} imports {name}: give it a place in this file"
        for module, path in modules().items()
        for name in imports(path)
        if name.partition(".")[0] not in known and not place_of(name)
    )
    assert not unplaced, "\n".join(unplaced)


PROVIDERS = {module: path for module, path in modules().items() if module.startswith("providers/")}


def test_a_vendor_never_looks_at_another():
    wrong = [
        f"{module} imports {name}"
        for module, path in PROVIDERS.items()
        if not (vendor := module.split("/")[1]).endswith(".py")  # the registry names them all
        for name in imports(path)
        if name.startswith("limner.providers.") and name.split(".")[2] not in {vendor, "_shared"}
    ]
    assert not wrong, "\n".join(wrong)


WAITS = ast.While | ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith
BEYOND = {
    # waiting, sockets, processes, the environment and files: the driver's, the transport's, the settings'
    *(
        "asyncio",
        "anyio",
        "threading",
        "concurrent",
        "sched",
        "time",
        "signal",
        "subprocess",
        "multiprocessing",
    ),
    *("socket", "ssl", "http", "urllib.request", "httpx", "httpx2", "pyreqwest", "requests", "aiohttp"),
    *("os", "sys", "pathlib", "tempfile", "shutil", "random", "secrets", "uuid"),
    # pictures: the pixels'
    *("PIL", "numpy", "cv2", "pi_heif"),
}
DOES = re.compile(r"(re)?(try|send|submit|poll|sleep|download|decode)(_(?!after)|$)")
"""Names of functions that no adapter has a use for; `retry_after` reads a header."""


def beyond_translation(code: ast.AST) -> list[str]:
    """What of a provider's file does more than to translate."""
    found: list[str] = []
    for node in ast.walk(code):
        if isinstance(node, WAITS):
            found.append(ast.unparse(node).splitlines()[0])
        elif isinstance(node, ast.FunctionDef) and DOES.match(node.name.strip("_")) and node.name != "submit":
            found.append(f"def {node.name}")
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"open", "eval", "exec", "__import__"}:
            found.append(ast.unparse(node))
    return found


def test_providers_only_translate():
    """No waiting, polling, retrying, sending or decoding: others do that, once for everybody."""
    wrong = [
        f"{module} has {told}"
        for module, path in PROVIDERS.items()
        for told in beyond_translation(tree(path))
    ]
    wrong += [
        f"{module} imports {name}"
        for module, path in PROVIDERS.items()
        for name in imports(path)
        if any(f"{name}.".startswith(f"{one}.") for one in BEYOND) and name != "http.HTTPStatus"
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "code",
    [
        "while not done: check()",
        "async def submit(order): ...",
        "def retry(call): ...",
        "def _poll_again(ticket): ...",
        "def decode_picture(data): ...",
        "key = open('key').read()",
    ],
)
def test_what_does_more_than_translate_is_caught(code: str):
    assert beyond_translation(ast.parse(code))
