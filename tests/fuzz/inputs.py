"""Bad input of every kind: values that break programs, and strategies that put them anywhere in a request."""

import json
import math
from functools import cache
from typing import Any
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st
from pydantic import BaseModel
from werkzeug.routing import Rule

from .world import Request, endpoint_of, form_fields

HUGE = b"x" * 100_000
VALUES: tuple[bytes, ...] = (
    HUGE, b"\0", b"a\0b", b"\xff\xfe", b"\xed\xa0\x80", b"\xc3\x28", b"\xf0\x9f\x92\xa9", b"\r\nSet-Cookie: x=y",
    b"-1", b"0",
    b"99999999999999999999999999", b"9223372036854775808", b"-9223372036854775809", b"2147483648", b"1e400", b"NaN",
    b"-Infinity", b"0x10", "١٢٣".encode(), b"1_000", b" 1 ", b"1.5", b"true", b"null", b"[]", b"{}", b'{"a":',
    b"' OR 1=1 --",
    b"%00", b"%", b"%zz", b"../../etc/passwd", b"//evil.example", b"http://[", b"http://[::1", b"https://\xff",
    b"\\", b"{{7*7}}",
    b"<script>", b"\xe2\x80\xae", b"a" * 300 + b"@example.org", b"0000-00-00", b"9999-12-31T23:59:60Z",
    b"2026-13-45", b"=", b"&", b"",
)  # fmt: skip
CONTENT_TYPES = (
    None, "application/json", "application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=x",
    "text/plain", "application/xml", "application/json; charset=utf-16", "application/json; charset=nonsense",
    "application/json; charset=\xff", "\xff\xfe", "", "application/octet-stream", "x" * 10_000,
    "application/x-www-form-urlencoded; charset=nonsense",
)  # fmt: skip
JSON_BODIES: tuple[bytes, ...] = (
    b"", b"null", b"[]", b"{}", b"1", b'"x"', b"[null]", b"[[]]", b"{", b"\xff", b'{"a":"\xed\xa0\x80"}', b'{"a":"\\ud800"}',
    b'{"a":"\\u0000"}', b"[" * 50_000, b"[" * 900 + b"]" * 900, b'{"a":' * 900 + b"1" + b"}" * 900, b"NaN", b"1e999",
    b"9" * 5_000, b'{"a":1,"a":2}', b"\xef\xbb\xbf{}", "{}".encode("utf-16"), b'{"' + b"k" * 100_000 + b'":1}',
    b"[" + b"1," * 50_000 + b"1]",
)  # fmt: skip
AUTHORIZATIONS = (
    "", "Basic", "Basic ", "Basic !!!", "Basic //8=", "Basic AAAA", "Basic OjpeOg==", "Bearer", "Bearer ", "Bearer \xff\xfe",
    "Bearer uaa_at_" + "0" * 72, "Bearer " + "x" * 20_000, "Bearer a b c", "bearer\tx", "Digest x", "\xff",
    "Basic " + "QUFB" * 10_000,
    "Bearer yk_live_\xe9", "Basic \xe9", "Basic AAA6AAA=", "Negotiate", "Bearer null",
)  # fmt: skip
COOKIES = (
    "session=", "session=garbage", "session=.eJwVyk", "session=\xff\xfe", "session=" + "x" * 8_000, "=;=;", "session",
    "a=b; session",
    'session="unclosed', "session=eyJhIjoxfQ.aaaa.bbbb", "__Host-session=x; session=y; session=z",
)  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "FOO", "get", "PROPFIND")
WHO = ("nobody", "owner", "key", "app", "client")


def pairs_of(*pairs: tuple[bytes, bytes]) -> bytes:
    """A query string or form of ``pairs``, percent-encoded."""
    return b"&".join(quote_from_bytes(n).encode() + b"=" + quote_from_bytes(v).encode() for n, v in pairs)


def path_of(rule: Rule, *values: bytes) -> bytes:
    """The address of ``rule`` with ``values`` in the places of its variables, in turn."""
    parts, index = [], 0
    for is_variable, text in rule._trace:
        if is_variable:
            parts.append(values[index % len(values)] if values else b"1")
            index += 1
        else:
            parts.append(text.lstrip("|").encode())
    return b"".join(parts)


def names_for(rule: Rule) -> list[str]:
    """The names of parameters that the address looks at."""
    endpoint = endpoint_of(rule)
    if endpoint is None:
        return form_fields()
    return [field.alias or name for name, field in endpoint.query.model_fields.items()] if endpoint.query else []


@cache
def nasty_json() -> st.SearchStrategy[Any]:
    """Values of JSON that no method expects."""
    texts = st.sampled_from([value.decode("utf-8", "surrogateescape") for value in VALUES if value is not HUGE])
    numbers = st.sampled_from([-1, 0, 2**31, 2**63, -(2**63) - 1, 10**30, 1e308, -0.0, math.inf, math.nan, 1.5, True, None])
    leaves = texts | numbers | st.just("x" * 100_000) | st.text(max_size=20)
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=6,
    )


@st.composite
def _like(draw: st.DrawFn, schema: dict[str, Any], root: dict[str, Any], depth: int = 0) -> Any:
    """A value that fits ``schema`` for the most part, with something nasty in one place or another."""
    if draw(st.integers(0, 7)) == 0:
        return draw(nasty_json())
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return draw(_like(draw(st.sampled_from(schema[choice])), root, depth))
    if "enum" in schema or "const" in schema:
        return draw(st.sampled_from(schema.get("enum") or [schema["const"]]))
    match schema.get("type"):
        case "object":
            wanted = schema.get("properties", {}).items()
            required = schema.get("required", [])
            deep = depth > 5
            return {name: draw(_like(part, root, depth + 1)) for name, part in wanted
                    if name in required or (not deep and draw(st.booleans()))}  # fmt: skip
        case "array":
            part = schema.get("items") or {}
            return [draw(_like(part, root, depth + 1)) for _ in range(draw(st.integers(0, 2 if depth < 4 else 0)))]
        case "integer" | "number":
            return draw(st.integers(-3, 10**6))
        case "boolean":
            return draw(st.booleans())
        case "null":
            return None
        case "string":
            return draw(
                st.sampled_from(["email", "ann0@example.org", "Friends", "2026-01-02T03:04:05", "1", "x"])
                | st.text(max_size=12)
            )
    return draw(nasty_json())


@cache
def json_like(shape: type[BaseModel]) -> st.SearchStrategy[bytes]:
    """Bodies that look like ``shape``, as JSON; what JSON can't say is written in the way that Python's library does."""
    schema = shape.model_json_schema()
    return _like(schema, schema).map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass"))


# Strategies are made once: making them takes longer than drawing from them, and than sending what was drawn.
ANY_VALUE = st.sampled_from(VALUES) | st.binary(max_size=12)
PATH_VALUES = st.lists(ANY_VALUE | st.just(b"1"), min_size=1, max_size=3)
PATH_ENDS = st.sampled_from((b"",) * 6 + VALUES[1:6])
ANY_CONTENT_TYPE = st.sampled_from(CONTENT_TYPES)
ANY_BODY = st.sampled_from(JSON_BODIES) | st.binary(max_size=40)
ANY_QUERY = st.binary(max_size=20)
ANY_HEADER = st.one_of(
    st.tuples(st.just(name), st.sampled_from(choices))
    for name, choices in (
        ("Authorization", AUTHORIZATIONS), ("Cookie", COOKIES),
        ("Host", ("\xff", "a b", "a.example", "[::1", "x" * 5000)),
        ("Accept", ("\xff", "text/html;q=x", "*/*" * 2000)), ("X-Forwarded-For", ("\xff", "x" * 9000, ",,,")),
        ("Content-Encoding", ("gzip", "\xff")), ("Range", ("bytes=5-1", "bytes=\xff", "bytes=-99999999999999999999")),
        ("If-Modified-Since", ("\xff", "Thu, 99 Jan 99999 00:00:00 GMT")), ("X-Request-Id", ("\xff\0", "x" * 9000)),
        ("If-None-Match", ("\xff", 'W/"')), ("User-Agent", ("\xff\0", "x" * 9000)), ("Transfer-Encoding", ("chunked",)),
    )
)  # fmt: skip
FOR_METHODS, FOR_OTHERS = st.sampled_from(("key", "app", "key", "nobody")), st.sampled_from(WHO)
ONE_IN_FOUR, ONE_IN_FIVE = (st.sampled_from((True,) + (False,) * others) for others in (3, 4))


@cache
def any_method(declared: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(declared) | st.sampled_from(METHODS)


@cache
def any_pairs(names: tuple[str, ...]) -> st.SearchStrategy[bytes]:
    """Query strings and forms with known and unknown names."""
    name = st.sampled_from([name.encode() for name in names] or [b"x"]) | st.binary(min_size=1, max_size=6)
    return st.lists(st.tuples(name, ANY_VALUE), max_size=6).map(lambda pairs: pairs_of(*pairs))


@st.composite
def requests(draw: st.DrawFn, rules: st.SearchStrategy[Rule]) -> Request:
    """Any request to any address of the server. :param rules: the addresses."""
    rule = draw(rules)
    method = draw(any_method(tuple(sorted(rule.methods or ()))))
    pairs = any_pairs(tuple(names_for(rule)))
    endpoint = endpoint_of(rule)
    content_type = draw(ANY_CONTENT_TYPE)
    bodies = pairs | ANY_BODY
    if endpoint is not None and endpoint.body is not None and not draw(ONE_IN_FOUR):
        bodies, content_type = json_like(endpoint.body), "application/json"
    elif endpoint is None and not draw(ONE_IN_FOUR):
        bodies, content_type = pairs, "application/x-www-form-urlencoded"
    return Request(
        method=method,
        path=path_of(rule, *draw(PATH_VALUES)) + draw(PATH_ENDS),
        query=draw(pairs | ANY_QUERY),
        body=draw(bodies) if method not in ("GET", "HEAD", "OPTIONS") or draw(ONE_IN_FIVE) else b"",
        content_type=content_type,
        headers=dict([draw(ANY_HEADER)]) if draw(ONE_IN_FIVE) else {},
        who=draw(FOR_METHODS if endpoint else FOR_OTHERS),
    )
