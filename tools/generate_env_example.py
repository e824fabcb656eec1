"""Writes `.env.example`: every setting, from `src/limner/settings.py` and the providers' profiles.

python tools/generate_env_example.py            write it
python tools/generate_env_example.py --check    fail when it is not current
"""

import ast
import itertools
import sys
import textwrap
from pathlib import Path

from limner.core.adapter import Profile
from limner.core.painter import Hires
from limner.painters import registry as painters
from limner.providers import registry
from limner.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "limner" / "settings.py"
TARGET = ROOT / ".env.example"
WIDTH = 100

HEAD = """\
# Every setting of Limner. Copy this file, keep the lines you need, and load them into the environment:
#
#   cp .env.example .env && set -a && . ./.env && set +a
#
# Limner reads the environment only. What is commented out shows the default, or an example.
"""


def described() -> dict[str, str]:
    """The docstring under each field of `Settings`."""
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Settings").body
    return {
        field.target.id: " ".join(doc.value.value.split())
        for field, doc in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(doc, ast.Expr)
        and isinstance(doc.value, ast.Constant)
        and isinstance(doc.value.value, str)
    }


def comment(text: str) -> str:
    """Text as comment lines."""
    return "\n".join(f"# {line}" for line in textwrap.wrap(text, WIDTH))


def setting(name: str, about: str) -> str:
    """One variable."""
    default = Settings.model_fields[name].get_default(call_default_factory=False)
    value = default if isinstance(default, str | int) else ""
    return f"{comment(about)}\n# {Settings.variable(name)}={value}\n"


def provider(profile: Profile) -> str:
    """The variables of one provider."""
    lines = [f"# {profile.title}: keys at {profile.homepage}" if profile.homepage else f"# {profile.title}"]
    lines += [f"# {name}=" for name in profile.key_names]
    if profile.base_url_name is not None:
        lines.append(f"# {profile.base_url_name}={profile.base_url}")
    return "\n".join([*lines, f"# {Settings.flag(profile.slug)}=true", ""])


def text() -> str:
    """The whole file."""
    abouts = described()
    names = [name for name in Settings.model_fields if name != "environ"]
    own = [setting(name, abouts.get(name, "")) for name in names]
    adapters = registry.load_all()
    profiles = {slug: adapter.profile for slug, adapter in adapters.items()}
    for slug in painters.slugs():
        painter = painters.get(slug)
        if isinstance(painter, Hires):
            profiles[slug] = painter.profile
    providers = [provider(profiles[slug]) for slug in sorted(profiles)]
    return "\n".join([HEAD, "# --- Limner\n", *own, "# --- Providers\n", *providers])


def main() -> int:
    """Write the file, or check it."""
    current = TARGET.read_text(encoding="utf-8") if TARGET.exists() else ""
    wanted = text()
    if "--check" in sys.argv[1:]:
        if current == wanted:
            return 0
        print(f"{TARGET.name} is not current: run python tools/generate_env_example.py.")
        return 1
    TARGET.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
