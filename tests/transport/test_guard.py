import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.core.errors import UserError
from limner.transport.addresses import is_public
from limner.transport.faults import NotSent
from limner.transport.guard import Guard, system_resolver
from tests.transport.conftest import Names, wire

pytestmark = pytest.mark.anyio

NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",  # a cloud's metadata
    "127.0.0.1",
    "127.255.255.255",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.1.2.3",
    "::ffff:169.254.169.254",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2002:c0a8:1::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",  # a cloud's metadata
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.0",
    "172.32.0.1",
    "198.20.0.1",
    "2606:4700:4700::1111",
    "2a00:1450::1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_is_near_is_not_public(address: str):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_everybodys_is_public(address: str):
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses())
def test_nothing_is_public_that_python_calls_private(address):
    # What carries an IPv4 address inside is judged by that; Pythons differ over the outside.
    carried = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    if is_public(address) and not carried:
        assert not address.is_private
        assert not address.is_link_local
        assert not address.is_multicast
        assert not address.is_loopback


async def test_a_public_name_is_pinned_to_the_address_that_was_checked():
    names = Names({"a.test": [("8.8.8.8", "2606:4700::1")]})
    request = await Guard(names).pin(wire("GET", "https://a.test/x"))
    assert (request.pin, str(request.url), names.asked) == ("8.8.8.8", "https://a.test/x", ["a.test"])


@pytest.mark.parametrize(
    "addresses",
    [("127.0.0.1",), ("8.8.8.8", "127.0.0.1"), ("8.8.8.8", "fe80::1%eth0"), ("::ffff:10.0.0.1",)],
)
async def test_one_private_address_is_enough_to_refuse(addresses: tuple[str, ...]):
    with pytest.raises(UserError) as caught:
        await Guard(Names({"a.test": [addresses]})).pin(wire("GET", "https://a.test/x?sig=s3cret"))
    assert caught.value.code == "private_url"
    assert "a.test:443" in caught.value.remedy
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest", "http://[::ffff:10.0.0.1]/"],
)
async def test_an_address_is_judged_without_asking(url: str):
    names = Names({})
    with pytest.raises(UserError) as caught:
        await Guard(names).pin(wire("GET", url))
    assert caught.value.code == "private_url"
    assert names.asked == []
    assert (await Guard(names).pin(wire("GET", "http://8.8.8.8/"))).pin == "8.8.8.8"


@pytest.mark.parametrize("port", [22, 6379, 8080, 8443])
async def test_other_ports_are_refused(port: int):
    guard = Guard(Names({"a.test": [("8.8.8.8",)]}))
    with pytest.raises(UserError) as caught:
        await guard.pin(wire("GET", f"http://a.test:{port}/"))
    assert str(port) in str(caught.value)
    wider = Guard(Names({"a.test": [("8.8.8.8",)]}), ports=frozenset({80, port}))
    assert (await wider.pin(wire("GET", f"http://a.test:{port}/"))).pin == "8.8.8.8"


@pytest.mark.parametrize("allowed", ["comfy.lan", "comfy.lan:8188"])
async def test_the_operator_may_allow_a_host(allowed: str):
    guard = Guard(Names({}), allow=frozenset({allowed}))
    request = wire("GET", "http://comfy.lan:8188/view")
    assert await guard.pin(request) is request


async def test_an_allowed_port_allows_no_other():
    guard = Guard(Names({"comfy.lan": [("10.0.0.1",)]}), allow=frozenset({"comfy.lan:8188"}))
    with pytest.raises(UserError):
        await guard.pin(wire("GET", "http://comfy.lan:80/"))


@pytest.mark.parametrize("found", [(), OSError("nobody knows"), TimeoutError()])
async def test_a_name_without_address_was_not_sent(found):
    with pytest.raises(NotSent) as caught:
        await Guard(Names({"a.test": [found]})).pin(wire("GET", "https://a.test/"))
    assert caught.value.reason == "dns"


async def test_the_system_resolves_its_own_names():
    assert await system_resolver("127.0.0.1", 80) == ("127.0.0.1",)
    assert set(await system_resolver("localhost", 80)) <= {"127.0.0.1", "::1"}
    with pytest.raises(OSError, match="not known"):
        await system_resolver("nowhere.invalid", 80)
