"""The studio is served with a policy that lets it run only what it was built with."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from limner.server.studio import POLICY, mount


def serve(folder: Path) -> TestClient:
    app = FastAPI()
    mount(app, folder)
    return TestClient(app)


@pytest.fixture
def built(tmp_path: Path) -> TestClient:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Limner</title>")
    (tmp_path / "theme.js").write_text("0")
    (tmp_path / "favicon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("not served")
    (tmp_path / "assets" / "index-1.js").write_text("1")
    return serve(tmp_path)


def test_the_page_and_what_lies_beside_it(built: TestClient):
    page = built.get("/")
    assert page.status_code == 200
    assert page.headers["content-security-policy"] == POLICY
    assert page.headers["cache-control"] == "no-cache"
    assert built.get("/theme.js").headers["content-type"].startswith("text/javascript")
    assert built.get("/favicon.svg").headers["content-type"].startswith("image/svg+xml")


def test_assets_are_kept_for_ever(built: TestClient):
    assert "immutable" in built.get("/assets/index-1.js").headers["cache-control"]


@pytest.mark.parametrize(
    "path", ["/secret.txt", "/assets/../secret.txt", "/assets/%2e%2e/secret.txt", "/assets/"]
)
def test_nothing_else_is_served(built: TestClient, path: str):
    assert built.get(path).status_code in {404, 405}


def test_nothing_inline_or_foreign_may_run():
    assert "unsafe" not in POLICY
    assert "default-src 'none'" in POLICY
    assert "frame-ancestors 'none'" in POLICY
    assert "http:" not in POLICY


def test_a_studio_that_is_not_built_says_how(tmp_path: Path):
    answer = serve(tmp_path / "nowhere").get("/")
    assert answer.status_code == 503
    assert "make web" in answer.text
    assert answer.headers["content-security-policy"] == POLICY
