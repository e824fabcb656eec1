"""Writes the studio's types from the server's OpenAPI document; `--check` fails when they are stale.

tools/generate_web_types.py          write web/src/lib/api/schema.d.ts
tools/generate_web_types.py --check  compare, and change nothing
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from limner.server.app import api

ROOT = Path(__file__).resolve().parent.parent
TYPES = ROOT / "web" / "src" / "lib" / "api" / "schema.d.ts"


def generated() -> str:
    """What the file should hold."""
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "openapi.json"
        types = Path(folder) / "schema.d.ts"
        document.write_text(json.dumps(api().openapi(), sort_keys=True), encoding="utf-8")
        command = [ROOT / "tools" / "web", "exec", "--", "openapi-typescript", document]
        command += ["--default-non-nullable=false", "--output", types]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return types.read_text(encoding="utf-8")


def main() -> int:
    """Write or compare."""
    text = generated()
    if "--check" not in sys.argv[1:]:
        TYPES.write_text(text, encoding="utf-8")
        return 0
    if TYPES.is_file() and TYPES.read_text(encoding="utf-8") == text:
        return 0
    print("The studio's types are stale: run tools/generate_web_types.py.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
