"""`limner providers keys`, against Venice's emulator."""

import pytest

from limner.sandbox.server import running_sandbox
from tests.cli.conftest import Limner


@pytest.mark.row("B4")
def test_keys_are_looked_after_from_the_shell(limner: Limner, monkeypatch: pytest.MonkeyPatch):
    with running_sandbox() as sandbox:
        monkeypatch.setenv("VENICE_API_KEY", sandbox.key("venice"))
        monkeypatch.setenv("VENICE_BASE_URL", sandbox.url("venice"))
        made = limner(
            "providers", "keys", "create", "venice", "for the studio", "--usd", "12.50", "--each", "day"
        )
        assert made.code == 0
        secret = made.out.strip()
        assert secret.startswith("VENICE_INFERENCE_KEY_")
        assert secret not in made.err
        listed = limner("providers", "keys", "list", "venice")
        assert f"…{secret[-6:]}  inference  for the studio, $12.5 at most, $0 in seven days" in listed.out
        [line] = limner("providers", "keys", "list", "venice", "--json").lines
        assert line["id"] in made.err
        assert secret not in str(line)
        limits = limner("providers", "keys", "limits", "venice")
        assert "z-image-turbo: " in limits.out
        assert limner("providers", "keys", "delete", "venice", line["id"]).code == 0
        assert limner("providers", "keys", "list", "venice").out == ""
        monkeypatch.setenv("VENICE_API_KEY", "sk-invalid")
        refused = limner("providers", "keys", "list", "venice")
        assert refused.code != 0
        assert "sk-invalid" not in refused.out + refused.err


def test_who_has_no_calls_for_keys_says_so(limner: Limner, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOGETHER_API_KEY", "k")
    ran = limner("providers", "keys", "list", "together")
    assert ran.code != 0
    assert "has no calls for keys" in ran.err
