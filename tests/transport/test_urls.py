import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyreqwest.http import Url as Whatwg  # how the default sender reads a URL

from limner.core.errors import UserError
from limner.transport.urls import Url


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("http://example.com", "http://example.com/"),
        ("HTTPS://EXAMPLE.com:443/A?b=C#d", "https://example.com/A?b=C"),
        ("http://example.com:8080/x", "http://example.com:8080/x"),
        ("http://example.com./x", "http://example.com/x"),
        ("https://räksmörgås.se/ä?ö=å", "https://xn--rksmrgs-5wao1o.se/%C3%A4?%C3%B6=%C3%A5"),
        ("http://127.0.0.1/", "http://127.0.0.1/"),
        ("http://[::1]:8188/view", "http://[::1]:8188/view"),
        ("http://[2001:DB8:0::1]/", "http://[2001:db8::1]/"),
        ("https://x.test/a%20b?sig=a%2Fb%3D&x=1+2", "https://x.test/a%20b?sig=a%2Fb%3D&x=1+2"),
        ('https://x.test/a"b<c>', "https://x.test/a%22b%3Cc%3E"),
    ],
)
def test_a_url_has_one_spelling(text: str, read: str):
    url = Url.parse(text)
    assert str(url) == read
    assert Url.parse(str(url)) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/path",
        "example.com",
        "ftp://example.com/",
        "file://localhost/etc/passwd",
        "data:image/png;base64,AA==",
        "http://",
        "http:///x",
        "http://user@example.com/",
        "http://user:pw@example.com/",
        "http://@example.com/",
        "http://evil.test\\@good.test/",
        "http:\\\\evil.test/",
        "http://exa mple.com/",
        "http://example.com/\r\nX: y",
        "http://example.com/\t",
        "http://example.com:99999/",
        "http://example.com:0/",
        "http://example.com:x/",
        "http://127.1/",
        "http://0x7f.0.0.1/",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://127.0.0.1.:80.1/",
        "http://0177.0.0.1/",
        "http://127.0.0.01/",
        "http://1.2.3/",
        "http://foo.1/",
        "http://foo.0x/",
        "http://127%2e0.0.1/",
        "http://[::1",
        "http://::1/",
        "http://[fe80::1%25eth0]/",
        "http://[v1.x]/",
        "http://-a.test/",
        "http://a..b/",
        "http://" + "a" * 64 + ".test/",
        "http://" + "a." * 150 + "test/",
        "http://[127.0.0.1]/",
        "http://[example.com]/",
        "http://half\ud800.test/",
        "http://example.com/half\ud800",
    ],
)
def test_what_programs_read_differently_is_refused(text: str):
    with pytest.raises(UserError) as caught:
        Url.parse(text)
    assert caught.value.code == "bad_url"


def test_digits_in_disguise_are_the_address_they_mean():
    assert Url.parse("http://①②⑦.⓪.⓪.①/").host == "127.0.0.1"


HOSTS = st.from_regex(r"[ax0-9_.-]{1,12}", fullmatch=True) | st.text(max_size=12)
TAILS = st.sampled_from(["", "/", "/a", "?q", "#f", ":1", "@b.test", "\\@b.test", "/../..", "/%2e%2e/'\"|"])


@given(st.sampled_from(["http://", "https://"]), HOSTS | HOSTS.map("a.{}.test".format), TAILS)
def test_what_is_accepted_goes_to_the_host_that_was_judged(scheme: str, host: str, tail: str):
    try:
        url = Url.parse(scheme + host + tail)
    except UserError:
        return
    if not Whatwg.is_valid(str(url)):
        return  # the sender refuses it: see test_faults.py
    sent = Whatwg(str(url))
    assert (sent.scheme, sent.port_or_known_default, sent.username) == (url.scheme, url.port, "")
    assert (sent.host_str or "").strip("[]") == url.host


@given(st.text(st.sampled_from("0123456789abcdefx."), min_size=1, max_size=16))
def test_no_name_becomes_an_address(host: str):
    try:
        url = Url.parse(f"http://{host}/")
    except UserError:
        return
    assert Whatwg(str(url)).host_str == url.host


@pytest.mark.parametrize(
    ("location", "joined"),
    [
        ("/b?x=1", "https://a.test/b?x=1"),
        ("c", "https://a.test/dir/c"),
        ("//b.test/c", "https://b.test/c"),
        ("http://b.test:8080", "http://b.test:8080/"),
        ("?y=2", "https://a.test/dir/a?y=2"),
    ],
)
def test_a_link_is_followed(location: str, joined: str):
    assert str(Url.parse("https://a.test/dir/a?z=0").join(location)) == joined


@pytest.mark.parametrize(
    "location", ["file://localhost/etc/passwd", "http://u@b.test/", "http://b.test\\@a.test", "a b"]
)
def test_a_link_to_nowhere_proper_is_refused(location: str):
    with pytest.raises(UserError):
        Url.parse("https://a.test/").join(location)


def test_a_query_is_not_shown():
    assert "s3cret" not in repr(Url.parse("https://a.test/x?sig=s3cret"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://localhost:1/", True),
        ("http://127.8.9.1/", True),
        ("http://[::1]/", True),
        ("http://localhost.evil.test/", False),
        ("http://10.0.0.1/", False),
    ],
)
def test_loopback_is_known(text: str, expected: bool):
    assert Url.parse(text).is_loopback is expected
