"""Bad input of every kind, at every address of the server: a clear 4xx, never a 500, and nothing in the database changes.

Addresses come from the URL map, parameters from the declarations, so that new ones are tried without a word here.
"""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from . import inputs
from .inputs import CONTENT_TYPES, HUGE, JSON_BODIES, VALUES, pairs_of, path_of
from .world import SETTINGS, Request, World, endpoint_of, postgres_world, sqlite_world

EXAMPLES = 700
WORST = 6  # of the values, the first: 100 KB, NUL, and bytes that are not UTF-8
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def world(make_app: Callable[..., Flask]) -> Iterator[World]:
    with sqlite_world(make_app(**SETTINGS)) as world:
        yield world


@pytest.fixture
def pg_world(make_app: Callable[..., Flask], pg_url: str) -> Iterator[World]:
    with postgres_world(make_app(database_url=pg_url, **SETTINGS), pg_url) as world:
        yield world


def assert_all_good(world: World, requests: Iterator[Request]) -> None:
    found = {str(request): problem for request in requests if (problem := world.problem_with(request))}
    listed = "\n".join(f"{problem}\n    {request}" for request, problem in list(found.items())[:15])
    assert not found, f"{len(found)} requests got a bad answer:\n{listed}"


def distinct_rules(world: World) -> Iterator[tuple[inputs.Rule, str, str]]:
    """Each address once, without its twin that ends in a slash, with each of its methods and whom it is for."""
    for rule in world.rules:
        if not rule.rule.endswith("/") or rule.rule == "/":
            who = "key" if endpoint_of(rule) else "client" if rule.endpoint.startswith("oauth.") else "owner"
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method, "owner" if rule.endpoint.startswith("oauth.authorize") else who


def share(values: tuple[bytes, ...], turn: int, *, of: int = 4) -> tuple[bytes, ...]:
    """The worst of ``values``, and of the others every fourth: each address another share of them."""
    return values[:WORST] + values[WORST + turn % of :: of]


def bad_paths(world: World) -> Iterator[Request]:
    for turn, (rule, method, who) in enumerate(distinct_rules(world)):
        for value in share(VALUES, turn) if rule.arguments else VALUES[:WORST]:
            path = path_of(rule, value) if rule.arguments else path_of(rule) + value
            yield Request(method, path, who=who)


def bad_parameters(world: World, values: tuple[bytes, ...]) -> Iterator[Request]:
    """Bad values as every parameter that the address knows, in the query and in a form; and repeated."""
    for turn, (rule, method, who) in enumerate(distinct_rules(world)):
        names = [name.encode() for name in inputs.names_for(rule)] or [b"x"]
        path = path_of(rule)
        for value in share(values, turn) if inputs.names_for(rule) else values[:1]:
            pairs = pairs_of(*((name, value) for name in (names if value is not HUGE else names[:3])))
            has_form = method != "GET" and endpoint_of(rule) is None
            yield Request(method, path, query=pairs, body=pairs if has_form else b"", content_type=FORM, who=who)
        yield Request(method, path, query=pairs_of(*[(name, b"1") for name in names] * 3), who=who)


def bad_single_parameters(world: World) -> Iterator[Request]:
    """One bad parameter in an otherwise good request of the authorization server."""
    app, tokens = world.partner, world.tokens
    good = {
        "/uaa/oauth/token": {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token, "scope": "UseRestApi"},
        "/uaa/oauth/revoke": {"token": tokens.access_token, "token_type_hint": "access_token"},
        "/uaa/oauth/introspect": {"token": tokens.access_token, "token_type_hint": "access_token"},
    }
    credentials = {"client_id": app.client_id, "client_secret": app.secret or ""}
    for path, parameters in good.items():
        whole = parameters | credentials
        for name in whole:
            for value in VALUES:
                pairs = [(one.encode(), text.encode()) for one, text in whole.items() if one != name]
                yield Request("POST", path.encode(), body=pairs_of(*pairs, (name.encode(), value)), content_type=FORM)
    code = {"grant_type": "authorization_code", "code": world.code, "redirect_uri": app.callback, "code_verifier": "x" * 50}
    for name in ("code", "redirect_uri", "code_verifier", "resource"):
        for value in VALUES[:-1]:
            pairs = [(one.encode(), text.encode()) for one, text in (code | credentials).items() if one != name]
            yield Request("POST", b"/uaa/oauth/token", body=pairs_of(*pairs, (name.encode(), value)), content_type=FORM)
    link = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": app.callback,
        "state": "x",
        "prompt": "consent",
    }
    for name in (*link, "scope", "code_challenge", "code_challenge_method", "resource", "login_hint"):
        for value in VALUES:
            pairs = [(one.encode(), text.encode()) for one, text in link.items() if one != name]
            for who in ("owner", "nobody"):
                yield Request("GET", b"/uaa/oauth/authorize", query=pairs_of(*pairs, (name.encode(), value)), who=who)


def bad_bodies(world: World) -> Iterator[Request]:
    for turn, (rule, method, who) in enumerate(distinct_rules(world)):
        if method in ("POST", "PUT", "PATCH", "DELETE"):
            for body in JSON_BODIES if endpoint_of(rule) else JSON_BODIES[turn % 4 :: 4]:
                yield Request(method, path_of(rule), body=body, content_type="application/json", who=who)
            for content_type in CONTENT_TYPES[turn % 2 :: 2]:
                for body in (
                    b'{"a": 1}',
                    b"a=1&a=2",
                    b"--x\r\nContent-Disposition: form-data; name=\xff\r\n\r\n\0\r\n--x--",
                ):
                    yield Request(method, path_of(rule), body=body, content_type=content_type, who=who)


def bad_headers(world: World) -> Iterator[Request]:
    for turn, (rule, method, _) in enumerate(distinct_rules(world)):
        for value in inputs.AUTHORIZATIONS[turn % 4 :: 4]:
            yield Request(method, path_of(rule), headers={"Authorization": value})
        for value in inputs.COOKIES[turn % 4 :: 4]:
            yield Request(method, path_of(rule), headers={"Cookie": value})


def odd_methods(world: World) -> Iterator[Request]:
    for rule, _, who in distinct_rules(world):
        for method in inputs.METHODS:
            yield Request(method, path_of(rule), who=who)


KINDS: dict[str, Callable[[World], Iterator[Request]]] = {
    "paths": bad_paths,
    "parameters": lambda world: bad_parameters(world, VALUES),
    "single parameters": bad_single_parameters,
    "bodies": bad_bodies,
    "headers": bad_headers,
    "methods": odd_methods,
}


@pytest.mark.parametrize("kind", KINDS)
def test_bad_input_gets_a_clear_error_and_changes_nothing(world: World, kind: str) -> None:
    assert_all_good(world, KINDS[kind](world))


def test_any_request_at_all_gets_a_clear_answer(world: World) -> None:
    @settings(
        derandomize=True, max_examples=EXAMPLES, deadline=None, database=None, print_blob=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )  # fmt: skip
    @given(inputs.requests(st.sampled_from(world.rules)))
    def send(request: Request) -> None:
        problem = world.problem_with(request)
        assert problem is None, f"{problem}\n    {request}"

    send()


def test_postgresql_takes_bad_input_the_same_way(pg_world: World) -> None:
    """What differs there: no NUL in a text, exact ranges of integers, and no text that is not UTF-8."""
    values = (b"a\0b", b"\xff\xfe", b"2147483648", b"9223372036854775808")
    assert_all_good(pg_world, bad_parameters(pg_world, values))
    assert_all_good(pg_world, (Request(m, path_of(r, v), who=w) for r, m, w in distinct_rules(pg_world) for v in values
                               if r.arguments))  # fmt: skip
    assert_all_good(pg_world, (request for index, request in enumerate(bad_single_parameters(pg_world)) if index % 8 == 0))


def test_every_address_of_the_server_is_among_those_tried(world: World) -> None:
    tried = {rule.rule for rule, _, _ in distinct_rules(world)}
    assert {"/api/v1/version", "/uaa/oauth/token", "/login", "/static/<path:filename>", "/"} <= tried
    missing = {rule.rule.rstrip("/") or "/" for rule in world.rules} - tried
    assert not missing
