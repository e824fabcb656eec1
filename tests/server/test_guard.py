"""A page on another site can neither spend nor read, by any route."""

import httpx2
import pytest

from limner.server.guard import hostname, is_loopback, refusal_of
from tests.support.gateway import Live

OWN = "http://127.0.0.1:8000"

FOREIGN: list[dict[str, str]] = [
    {"host": "evil.example"},
    {"host": "localhost.evil.example:8000"},
    {"host": "127.0.0.1.evil.example"},
    {"host": "192.0.2.7:8000"},
    {"host": "0.0.0.0:8000"},
    {"host": "[2001:db8::1]:8000"},
    {"host": ""},
    {"host": "127.0.0.1:8000", "origin": "https://evil.example"},
    {"host": "127.0.0.1:8000", "origin": "null"},
    {"host": "127.0.0.1:8000", "origin": "http://127.0.0.1:9000"},
    {"host": "127.0.0.1:8000", "origin": "http://localhost:8000"},
    {"host": "127.0.0.1:8000", "origin": "https://127.0.0.1:8000"},
    {"host": "127.0.0.1:8000", "sec-fetch-site": "cross-site"},
    {"host": "127.0.0.1:8000", "sec-fetch-site": "same-site"},
    {"host": "127.0.0.1:8000", "origin": OWN, "sec-fetch-site": "cross-site"},
]

OWN_REQUESTS: list[dict[str, str]] = [
    {"host": "127.0.0.1:8000"},
    {"host": "localhost"},
    {"host": "LOCALHOST:9000"},
    {"host": "[::1]:8000"},
    {"host": "127.0.0.1:8000", "origin": OWN, "sec-fetch-site": "same-origin"},
    {"host": "127.0.0.1:8000", "sec-fetch-site": "none"},
    {"host": "localhost:8000", "origin": "http://LOCALHOST:8000"},
]

ROUTES = [
    ("GET", "/"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/api/v1/models"),
    ("GET", "/api/v1/providers"),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/assets/index.js"),
    ("GET", "/theme.js"),
    ("GET", "/v1/models"),
    ("GET", "/nowhere"),
    ("POST", "/api/v1/run"),
    ("POST", "/api/v1/quote"),
    ("DELETE", "/api/v1/runs/run_1"),
    ("POST", "/v1/images/generations"),
    ("POST", "/v1/images/edits"),
    ("OPTIONS", "/api/v1/run"),
]


def many(headers: dict[str, str]) -> dict[str, list[str]]:
    return {name: [value] for name, value in headers.items()}


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_what_another_site_sends_is_refused(headers: dict[str, str]):
    assert refusal_of(many(headers)) is not None


@pytest.mark.parametrize("headers", OWN_REQUESTS, ids=str)
def test_what_this_machine_sends_is_let_through(headers: dict[str, str]):
    assert refusal_of(many(headers)) is None


def test_a_request_with_two_hosts_or_none_is_refused():
    assert refusal_of({"host": ["localhost", "evil.example"]}) is not None
    assert refusal_of({}) is not None


def test_one_foreign_origin_among_several_is_enough():
    assert refusal_of({"host": ["localhost"], "origin": ["http://localhost", "https://evil.example"]})


def test_hosts_are_read_without_their_port():
    assert [hostname(name) for name in ("a:1", "[::1]:8000", "127.0.0.1")] == ["a", "::1", "127.0.0.1"]
    assert is_loopback("127.9.9.9")
    assert not is_loopback("::ffff:192.0.2.1")


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize(
    "headers",
    [{"host": "evil.example"}, {"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}],
    ids=str,
)
def test_every_route_is_guarded(live: Live, method: str, path: str, headers: dict[str, str]):
    with httpx2.Client(base_url=live.root) as client:
        answer = client.request(method, path, headers=headers)
    assert answer.status_code == 403
    assert answer.headers["x-request-id"].startswith("req_")
    body = answer.json()
    problem = body["error"]["limner"] if path.startswith("/v1/") else body
    assert problem["code"] in {"foreign_host", "foreign_origin", "cross_site"}
    assert problem["billed"] == "no"


def test_a_person_who_followed_a_link_is_led_on(live: Live):
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    with httpx2.Client(base_url=live.root) as client:
        answer = client.get("/", headers=headers)
        rebound = client.get("/", headers={**headers, "host": "evil.example"})
    assert answer.status_code == 403
    assert '<a href="/">' in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert rebound.status_code == 403
    assert rebound.headers["content-type"] == "application/problem+json"


def test_no_answer_invites_another_origin(live: Live):
    with httpx2.Client(base_url=live.root, timeout=60) as client:
        answer = client.get("/api/v1/models")
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
