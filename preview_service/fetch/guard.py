"""A URL or an address → allowed or not: the pure half of the defence against request forgery.

What IANA has set apart is refused, and of IPv6 all that it has not given out; its registries are
written out here because `ipaddress.is_global` differs between patch releases (CWE-918,
https://www.iana.org/assignments/iana-ipv4-special-registry, …/iana-ipv6-special-registry).
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

import msgspec

from preview_service.errors import (
    BadURL,
    Blocked,
    BlockedByPolicy,
    DNSFailed,
    FetchFailed,
    SideEffect,
)
from preview_service.settings import FetchSettings
from preview_service.urls.normalize import Url, normalize
from preview_service.urls.side_effects import side_effect

# Public IPv4 is everything else. Not in IANA's registry: 168.63.129.16, Azure's host agent.
IPV4_REFUSED = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network; Linux takes 0.0.0.0 for localhost
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT; Alibaba's metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",
        "169.254.0.0/16",  # link-local; most clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)

# Global unicast is the one block that IANA gives out. The forms that carry an IPv4 address (mapped,
# compatible, SIIT, NAT64), local, link-local and multicast addresses all lie outside it.
IPV6_PUBLIC = IPv6Network("2000::/3")
IPV6_REFUSED = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, benchmarking, AMT, ORCHID, DRIP
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "2620:4f:8000::/48",  # AS112
        "3ffe::/16",  # 6bone, returned
        "3fff::/20",  # documentation
    )
)

# https://www.iana.org/assignments/special-use-domain-names, ICANN's `internal`, and what home
# routers, Kubernetes and companies use without asking. `example` is left to the DNS.
LOCAL_DOMAINS = (
    *("localhost", "local", "internal", "invalid", "test", "onion", "alt", "home.arpa"),
    *("localdomain", "lan", "home", "corp", "intranet", "private", "svc", "i2p"),
)


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """What the guard says of one URL: `reason` is a code and a sentence, or `pending_dns`."""

    url: str
    allowed: bool
    reason: str | None = None


class Guard:
    """Which URLs and addresses may be fetched under these settings.

    *forbids* says of an address, as it is asked for, whether a rule is against it.
    """

    def __init__(
        self, settings: FetchSettings, forbids: Callable[[str], bool] = lambda _: False
    ) -> None:
        self._forbids = forbids
        self._ports = frozenset(settings.allow_ports)
        self._port_list = ", ".join(str(port) for port in sorted(self._ports))
        self._networks = tuple(ip_network(network) for network in settings.allow_networks)

    def check_url(self, url: Url) -> None:
        """Raise `Blocked` if *url* is refused whatever the DNS may say of its host."""
        if url.port not in self._ports:
            raise BlockedByPolicy(
                f"port {url.port} is not allowed; allowed ports: {self._port_list}"
            )
        if is_literal(url.host):
            if not self.allows_address(url.host):
                raise Blocked(f"{url.host} is not a public address")
        # Once an intranet or a test network is opened, its names must work. They are then judged,
        # like any other name, by the addresses they stand for.
        elif not self._networks and _is_local_name(url.host):
            raise Blocked("the URL's host is a name of a private network")

    def check_policy(self, url: Url, *, is_picture: bool = False) -> None:
        """Raise `Blocked` if *url* is one that nobody shall ask but the person it is for.

        Of a picture, a signed address is how a page shows it to everybody.
        """
        if self._forbids(url.key):
            raise BlockedByPolicy("a rule of this service says not to ask this site")
        evidence = None if is_picture else side_effect(url)
        if evidence is not None:
            raise SideEffect(f"asking for it may do something: {evidence}")

    def check_redirect(self, current: Url, target: Url) -> None:
        """Raise `Blocked` if *current* may not send its visitor to *target*."""
        self.check_url(target)
        if current.scheme == "https" and target.scheme != "https":
            raise BlockedByPolicy("it redirects from https to http")

    def check_answers(self, addresses: Sequence[str]) -> None:
        """Raise `FetchFailed` unless a name that resolves to *addresses* may be fetched.

        One address that is not public spoils the answer: which of them is connected to is a race.
        """
        if not addresses:
            raise DNSFailed("the URL's host has no address")
        if not all(map(self.allows_address, addresses)):
            raise Blocked("the URL's host has an address that is not public")

    def allows_address(self, text: str) -> bool:
        """Whether a socket may be opened to *text*, an IP address as the socket layer spells it."""
        return _is_public(text) or self.opens(text)

    def opens(self, text: str) -> bool:
        """Whether the settings open the network of the address *text* explicitly."""
        address = _address(text)
        return address is not None and any(address in network for network in self._networks)


def judge(guard: Guard, text: str, answers: Sequence[str] | None = None) -> Ruling:
    """What *guard* says of pasted *text*; *answers* are the addresses its host resolves to."""
    try:
        url = normalize(text)
        guard.check_url(url)
        is_pending = not is_literal(url.host)
        if is_pending and answers is not None:
            guard.check_answers(answers)
            is_pending = False
    except BadURL as error:
        return Ruling(url=text, allowed=False, reason=f"{error.code}: {error}")
    except FetchFailed as error:
        return Ruling(url=text, allowed=False, reason=f"{error.reason}: {error}")
    return Ruling(url=text, allowed=True, reason="pending_dns" if is_pending else None)


def is_literal(host: str) -> bool:
    """Whether *host* is an IP address, without a zone: zones name a local interface."""
    return _address(host) is not None


# Each look into the cache asks, and reading an address costs as much as that look.
@lru_cache(maxsize=4096)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return None if "%" in text else address


@lru_cache(maxsize=4096)
def _is_public(text: str) -> bool:
    address = _address(text)
    if address is None:
        return False
    if address.version == 4:
        return not any(address in network for network in IPV4_REFUSED)
    return address in IPV6_PUBLIC and not any(address in network for network in IPV6_REFUSED)


def _is_local_name(host: str) -> bool:
    name = host.removesuffix(".")
    return "." not in name or name.endswith(tuple(f".{domain}" for domain in LOCAL_DOMAINS))
