"""Which network addresses belong to the public internet: the guard against being sent into our own network (SSRF)."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

# Beside what the standard library calls global, whose answers differ between Python's patch releases: the special-use
# blocks of RFC 6890 and its registries that are not, or only seemingly, somebody's public server.
_REFUSED_4 = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by a provider's customers (CGNAT)
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, where clouds keep their metadata service
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# All public servers are in here; loopback, local, multicast, IPv4-mapped, NAT64 and translated addresses are not.
_GLOBAL_UNICAST_6 = ip_network("2000::/3")
_REFUSED_6 = tuple(
    ip_network(block)
    for block in (
        "2001::/23",  # protocol assignments; Teredo, which carries an IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which carries an IPv4 address
        "3fff::/20",  # documentation
    )
)


def is_public(address: Address) -> bool:
    """Whether anyone on the internet could reach ``address`` too, so that reaching it for a stranger tells nothing."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in block for block in _REFUSED_4)
    if address.scope_id is not None or address not in _GLOBAL_UNICAST_6:
        return False
    return address.is_global and not any(address in block for block in _REFUSED_6)


def read(text: str) -> Address:
    """:raises ValueError: ``text`` is not an IP address."""
    return ip_address(text)
