import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.core.adapter import AuthScheme, Profile
from limner.core.errors import Error, Malformed, UserError
from limner.core.http import HttpCall, JsonBody, MultipartBody, Part, Timeout
from limner.core.secret import Secret
from limner.transport.auth import Credential, authorize, is_own, is_trusted, resolve
from limner.transport.port import WireRequest
from limner.transport.timeouts import SECONDS
from limner.transport.urls import Url

PROFILE = Profile(
    slug="acme",
    title="Acme",
    base_url="https://api.acme.test/v1",
    trusted_hosts=("files.acme.test", "*.cdn.test"),
)
KEY = Credential(Secret("s3cret-key"))


def headers(request: WireRequest) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers}


# --- addresses ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "path", "query", "url"),
    [
        ("https://api.test", "/images", (), "https://api.test/images"),
        ("https://api.test/", "/images", (), "https://api.test/images"),
        ("https://api.test/v1", "/images", (("a", "1"),), "https://api.test/v1/images?a=1"),
        ("https://api.test/v1/", "/images?b=2", (("a", "1"),), "https://api.test/v1/images?b=2&a=1"),
        # An operator's query stays, and gives way where the call names the same.
        ("https://x.test/openai?api-version=1", "/images", (), "https://x.test/openai/images?api-version=1"),
        ("https://x.test?api-version=1&z=0", "/i?api-version=2", (), "https://x.test/i?z=0&api-version=2"),
        ("https://x.test?v=1", "/i?v=2", (("v", "3"),), "https://x.test/i?v=3"),
        ("https://x.test", "/i", (("a", "1"), ("a", "2")), "https://x.test/i?a=1&a=2"),
        ("https://x.test", "/i", (("q", "a b&c=å/"),), "https://x.test/i?q=a+b%26c%3D%C3%A5%2F"),
        (
            "https://x.test",
            "/models/black-forest-labs/flux:1.0",
            (),
            "https://x.test/models/black-forest-labs/flux:1.0",
        ),
        ("https://x.test", "//evil.test/x", (), "https://x.test//evil.test/x"),
        ("https://x.test", "/a%20b/ä", (), "https://x.test/a%20b/%C3%A4"),
        ("https://x.test", "/a#fragment", (), "https://x.test/a"),
        ("https://x.test", "/v1/models/imagen:predict", (), "https://x.test/v1/models/imagen:predict"),
        ("https://x.test/v1", "/a@evil.test/b", (), "https://x.test/v1/a@evil.test/b"),
    ],
)
def test_a_path_is_put_under_the_base(base: str, path: str, query: tuple[tuple[str, str], ...], url: str):
    call = HttpCall("GET", path, query=query)
    assert str(authorize(call, PROFILE, Credential(base_url=base)).url) == url


def test_an_absolute_url_stays_byte_for_byte():
    signed = "https://files.acme.test/a/b.png?X-Sig=a%2Fb%3D%3D&se=2026-11-21T00%3A00Z"
    assert str(authorize(HttpCall("GET", signed), PROFILE, KEY).url) == signed


@pytest.mark.parametrize(
    "path",
    ["/../x", "/a/../../x", "/./x", "/%2e%2e/x", "/%2E./x", "/%252e%252e/x", "/..%2fx", "/..%5cx", "/.."],
)
def test_a_path_stays_below_the_base(path: str):
    with pytest.raises(UserError) as caught:
        authorize(HttpCall("GET", path), PROFILE, KEY)
    assert caught.value.code == "bad_path"


def test_dots_in_names_are_names():
    assert authorize(HttpCall("GET", "/models/v1..2/..a/b..."), PROFILE, KEY)


def test_without_an_address_the_variable_is_named():
    profile = Profile(slug="own", title="Own", base_url="", base_url_name="OWN_BASE_URL")
    with pytest.raises(UserError, match="OWN_BASE_URL") as caught:
        authorize(HttpCall("GET", "/x"), profile, None)
    assert caught.value.code == "missing_base_url"


# --- the key -----------------------------------------------------------------------------


def test_the_scheme_of_the_profile_is_used():
    profile = Profile(slug="f", title="F", base_url="https://f.test", auth=AuthScheme("X-Api-Key", "Key "))
    assert headers(authorize(HttpCall("GET", "/"), profile, KEY)) == {"x-api-key": "Key s3cret-key"}


def test_a_user_and_a_password_go_as_base64():
    profile = Profile(slug="b", title="B", base_url="https://b.test", auth=AuthScheme(prefix="Basic "))
    credential = Credential(Secret("Aladdin:open sesame"))  # the example of RFC 7617
    sent = headers(authorize(HttpCall("GET", "/x"), profile, credential))
    assert sent["authorization"] == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


def test_a_call_cannot_set_the_key_itself():
    call = HttpCall("GET", "/", headers={"authorization": "Bearer other", "Accept": "image/*"})
    assert headers(authorize(call, PROFILE, KEY)) == {
        "authorization": "Bearer s3cret-key",
        "accept": "image/*",
    }
    assert len(authorize(call, PROFILE, KEY).headers) == 2


def test_more_headers_go_where_the_key_goes():
    credential = Credential(Secret("k"), headers={"OpenAI-Organization": "org-1"})
    assert headers(authorize(HttpCall("GET", "/"), PROFILE, credential))["openai-organization"] == "org-1"
    call = HttpCall("GET", "/", auth="none")
    assert headers(authorize(call, PROFILE, credential)) == {}


@pytest.mark.parametrize("credential", [None, Credential(), Credential(Secret(""))])
def test_without_a_key_none_is_sent(credential: Credential | None):
    assert headers(authorize(HttpCall("GET", "/"), PROFILE, credential)) == {}
    assert headers(authorize(HttpCall("GET", "https://elsewhere.test/"), PROFILE, credential)) == {}


TRUSTED = [
    "https://api.acme.test/x",
    "https://api.acme.test:443/x",
    "https://API.acme.test./x",
    "https://files.acme.test/x",
    "https://a.cdn.test/x",
    "https://a.b.cdn.test/x",
]
UNTRUSTED = [
    "http://api.acme.test/x",
    "https://api.acme.test:8443/x",
    "https://acme.test/x",
    "https://api.acme.test.evil.test/x",
    "https://evilapi.acme.test/x",
    "http://files.acme.test/x",
    "https://files.acme.test:444/x",
    "https://cdn.test/x",
    "https://evilcdn.test/x",
    "https://a.cdn.test.evil.test/x",
    "https://127.0.0.1/x",
    "http://localhost/x",
]


@pytest.mark.parametrize("url", TRUSTED)
def test_trusted_hosts_get_the_key(url: str):
    assert headers(authorize(HttpCall("GET", url), PROFILE, KEY))["authorization"] == "Bearer s3cret-key"


@pytest.mark.parametrize("url", UNTRUSTED)
def test_others_never_get_it(url: str):
    with pytest.raises(Malformed) as caught:
        authorize(HttpCall("GET", url), PROFILE, KEY)
    assert caught.value.code == "untrusted_host"
    assert headers(authorize(HttpCall("GET", url, auth="none"), PROFILE, KEY)) == {}


@given(
    st.sampled_from(["https://", "http://"]),
    st.from_regex(r"[a-z0-9.@:/\\#?-]{0,12}", fullmatch=True),
    st.sampled_from(["api.acme.test", "files.acme.test", "cdn.test", ".cdn.test", "evil.test", "127.0.0.1"]),
    st.from_regex(r"[a-z0-9.@:/\\#?-]{0,12}", fullmatch=True),
    st.sampled_from(["provider", "none"]),
)
def test_the_secret_never_appears_for_an_untrusted_host(scheme, before, middle, after, auth):
    call = HttpCall("GET", f"{scheme}{before}{middle}{after}", auth=auth, body=JsonBody({"a": 1}))
    credential = Credential(Secret("s3cret-key"), headers={"X-Also": "s3cret-too"})
    try:
        request = authorize(call, PROFILE, credential)
    except Error as error:
        told = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
        assert "s3cret" not in told
        return
    assert "s3cret" not in repr(request) + repr(credential) + str(request.url)
    carried = any("s3cret" in value for _, value in request.headers)
    host = request.url.host
    may_see = request.url.scheme == "https" and (
        host in {"api.acme.test", "files.acme.test"} or host.endswith(".cdn.test")
    )
    assert carried == (auth == "provider" and may_see and request.url.port == 443)


@pytest.mark.parametrize("base", ["http://localhost:9", "http://127.0.0.1:9/v1", "http://[::1]:9"])
def test_plain_http_carries_a_key_on_this_machine(base: str):
    request = authorize(HttpCall("GET", "/x"), PROFILE, Credential(Secret("k"), base_url=base))
    assert headers(request)["authorization"] == "Bearer k"


def test_plain_http_carries_a_key_elsewhere_only_where_the_operator_says():
    credential = Credential(Secret("k"), base_url="http://litellm:4000")
    with pytest.raises(UserError) as caught:
        authorize(HttpCall("GET", "/x"), PROFILE, credential)
    assert caught.value.code == "insecure_base_url"
    assert "litellm:4000" in caught.value.remedy
    for allowed in ("litellm", "litellm:4000"):
        request = authorize(HttpCall("GET", "/x"), PROFILE, credential, allow=frozenset({allowed}))
        assert headers(request)["authorization"] == "Bearer k"
    with pytest.raises(UserError):
        authorize(HttpCall("GET", "/x"), PROFILE, credential, allow=frozenset({"litellm:4001", "other"}))
    no_key = Credential(base_url="http://comfy.lan:8188")
    assert headers(authorize(HttpCall("GET", "/x"), PROFILE, no_key)) == {}


@pytest.mark.parametrize("key", ["two\nlines", "nul\0", "bell\x07", "cr\rx"])
def test_a_key_that_would_break_the_header_is_not_shown(key: str):
    with pytest.raises(UserError) as caught:
        authorize(HttpCall("GET", "/x"), PROFILE, Credential(Secret(key)))
    assert caught.value.code == "bad_header"
    assert key not in str(caught.value)


@pytest.mark.parametrize(("name", "value"), [("X: y\r\nZ", "v"), ("X", "v\r\nZ: w"), ("", "v"), ("X y", "v")])
def test_a_header_cannot_begin_another(name: str, value: str):
    with pytest.raises(UserError):
        authorize(HttpCall("GET", "/x", headers={name: value}), PROFILE, None)


# --- the rest of the request -------------------------------------------------------------


def test_the_body_brings_its_type():
    call = HttpCall("POST", "/x", body=JsonBody({"a": 1}), headers={"content-type": "text/plain"})
    request = authorize(call, PROFILE, None)
    assert (request.body, headers(request)) == (b'{"a":1}', {"content-type": "application/json"})
    call = HttpCall("POST", "/x", body=MultipartBody((Part("a", b"1"),)))
    request = authorize(call, PROFILE, None, boundary="b")
    assert headers(request)["content-type"] == "multipart/form-data; boundary=b"


@pytest.mark.parametrize("kind", Timeout)
def test_every_kind_of_call_has_its_seconds(kind: Timeout):
    request = authorize(HttpCall("GET", "/x", timeout=kind, most_bytes=7), PROFILE, None)
    assert (request.seconds, request.most_bytes) == (SECONDS[kind], 7)
    assert request.seconds.connect <= request.seconds.head <= request.seconds.total


@pytest.mark.parametrize(
    ("base", "url"),
    [
        (None, "https://rest.example.com/files"),
        ("http://127.0.0.1:8790/fal/queue", "http://127.0.0.1:8790/fal/rest/files"),
        ("http://127.0.0.1:8790/fal/queue/?a=b", "http://127.0.0.1:8790/fal/rest/files"),
        ("http://127.0.0.1:8790", "http://127.0.0.1:8790/rest/files"),
    ],
)
def test_a_site_lies_beside_the_base_where_the_operator_moved_it(base: str | None, url: str):
    profile = Profile("x", "X", "https://queue.example.com", sites={"rest": "https://rest.example.com"})
    call = HttpCall("GET", "/files", site="rest")
    assert str(resolve(call, profile, Credential(base_url=base))) == url


def test_own_is_the_base_alone_and_trusted_is_more():
    assert is_own(Url.parse("https://api.acme.test/other"), PROFILE, None)
    assert not is_own(Url.parse("https://files.acme.test/"), PROFILE, None)
    assert is_trusted(Url.parse("https://files.acme.test/"), PROFILE, None)
    nobody = Profile(slug="", title="", base_url="")
    assert not is_own(Url.parse("https://api.acme.test/"), nobody, None)
