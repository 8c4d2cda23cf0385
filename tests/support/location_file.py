"""A small database of locations in MaxMind's format, as its specification describes it (version 2.0)."""

import struct
from ipaddress import IPv6Network, ip_network
from pathlib import Path
from typing import Any

Tree = list[Any]  # two branches; each a tree, the data, or None


def write(path: Path, places: dict[str, dict[str, Any]], *, bits: int = 24, ip_version: int = 6) -> None:
    """Write what is known of networks, such as ``{"203.0.113.0/24": {"country": {...}}}``, into a file.

    :param bits: of a record. :param ip_version: 4 for a tree of IPv4 alone.
    """
    root: Tree = [None, None]
    for text, place in places.items():
        network = ip_network(text)
        zeros = 96 if ip_version == 6 and not isinstance(network, IPv6Network) else 0
        number = int(network.network_address) >> (network.max_prefixlen - network.prefixlen)
        steps = [0] * zeros + [number >> bit & 1 for bit in reversed(range(network.prefixlen))]
        tree = root
        for step in steps[:-1]:
            tree[step] = tree[step] or [None, None]
            tree = tree[step]
        tree[steps[-1]] = place
    nodes, data = _flat(root), b""
    index, offsets = {id(node): number for number, node in enumerate(nodes)}, dict[int, int]()
    for place in (branch for node in nodes for branch in node if isinstance(branch, dict)):
        if id(place) not in offsets:
            offsets[id(place)] = len(data)
            data += _encoded(place)

    def record(branch: Any) -> int:
        if branch is None:
            return len(nodes)
        return index[id(branch)] if isinstance(branch, list) else len(nodes) + 16 + offsets[id(branch)]

    tree_bytes = b"".join(_node(record(left), record(right), bits) for left, right in nodes)
    about = {"node_count": len(nodes), "record_size": bits, "ip_version": ip_version, "database_type": "Test-City",
             "binary_format_major_version": 2, "binary_format_minor_version": 0, "build_epoch": 1, "languages": ["en"],
             "description": {"en": "Test"}}  # fmt: skip
    path.write_bytes(tree_bytes + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + _encoded(about))


def _flat(tree: Tree) -> list[Tree]:
    found = [tree]
    for node in found:
        found.extend(branch for branch in node if isinstance(branch, list))
    return found


def _node(left: int, right: int, bits: int) -> bytes:
    if bits == 28:
        middle = (left >> 24) << 4 | right >> 24
        return (left & 0xFFFFFF).to_bytes(3) + bytes([middle]) + (right & 0xFFFFFF).to_bytes(3)
    return left.to_bytes(bits // 8) + right.to_bytes(bits // 8)


def _encoded(value: Any) -> bytes:
    if isinstance(value, dict):
        return _control(7, len(value)) + b"".join(_encoded(name) + _encoded(part) for name, part in value.items())
    if isinstance(value, list):
        return _control(11, len(value)) + b"".join(map(_encoded, value))
    if isinstance(value, bool):
        return _control(14, int(value))
    if isinstance(value, float):
        return _control(3, 8) + struct.pack(">d", value)
    if isinstance(value, int):
        raw = value.to_bytes((value.bit_length() + 7) // 8)
        return _control(6, len(raw)) + raw
    raw = value.encode()
    return _control(2, len(raw)) + raw


def _control(kind: int, size: int) -> bytes:
    more, base = b"", size
    if size >= 285:
        base, more = 30, (size - 285).to_bytes(2)
    elif size >= 29:
        base, more = 29, bytes([size - 29])
    return bytes([kind << 5 | base]) + more if kind < 8 else bytes([base, kind - 7]) + more
