"""Each declared method with each kind of credential, on what is its own and what is another organization's, and each
general refusal: new methods are covered as soon as they are declared."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from app.api.endpoint import ENDPOINTS, Endpoint
from app.rates import parse

from ..support.answers import Answer
from ..support.apps import dispose, open_app
from ..support.databases import SqliteTemplate
from ..support.sites import Site
from .catalogue import BODIES, NOTHING, QUERIES, Credentials, Keeper, address, filled

OFTEN = "1000000/minute"
LIMITS = ("rate_limit_general", "rate_limit_import", "rate_limit_send")
VERBS = {"GET", "POST", "PUT", "DELETE"}

every_method = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: f"{one.verb} {one.path}")


class World:
    def __init__(self, site: Site) -> None:
        self.site = site
        self.own, self.others = Keeper(site), Keeper(site)
        self.credentials = Credentials(site, self.own.owner)

    def send(self, endpoint: Endpoint, secret: str | None, values: dict[str, str], **request: Any) -> Answer:
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        headers |= request.pop("headers", {})
        request.setdefault("params", filled(QUERIES.get(endpoint.name, {}), values))
        return self.site.send(endpoint.verb, address(endpoint, values), headers=headers, **request)


@pytest.fixture(scope="module")
def world(sqlite_template: SqliteTemplate) -> Iterator[World]:
    with TemporaryDirectory(prefix="uaa-") as folder:
        sqlite_template.copy_to(Path(folder))
        often = dict.fromkeys((*LIMITS, "rate_limit_login", "rate_limit_token"), OFTEN)
        app = open_app(Path(folder), **often)
        site = Site(app)
        yield World(site)
        site.close()
        dispose(app)


def check_refused(answer: Answer, status: int, code: str, hint: str = "") -> None:
    """It is refused in the one shape of the contract."""
    assert answer.status == status, f"{hint}: {answer.status} {answer.text}"
    assert answer.headers["Content-Type"].startswith("application/json"), hint
    assert answer.headers["X-Request-Id"], hint
    body = answer.json
    assert (body["error"], body["status"]) == (code, status), f"{hint}: {body}"
    assert body["detail"] == body["message"] != "", hint
    assert ("errors" in body) == (status == 422), hint


def unmoved(endpoint: Endpoint) -> dict[str, Any]:
    """A request that gets past the guard and changes nothing: about nothing, or with a body that says nothing."""
    return {"json": "nothing"} if endpoint.body is not None else {}


@every_method
def test_without_a_living_credential_there_is_a_401(world: World, endpoint: Endpoint) -> None:
    answer = world.send(endpoint, None, NOTHING)
    check_refused(answer, 401, "unauthorized")
    challenge = answer.headers["WWW-Authenticate"]
    assert "error=" not in challenge, "who sends no credential has made no mistake (RFC 6750 section 3.1)"
    assert "resource_metadata=" in challenge
    for credential in world.credentials.dead:
        answer = world.send(endpoint, credential.secret, NOTHING, **unmoved(endpoint))
        check_refused(answer, 401, "invalid_token", credential.name)
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"], credential.name


@every_method
def test_with_every_scope_but_its_own_there_is_a_403_that_names_it(world: World, endpoint: Endpoint) -> None:
    for credential in world.credentials.wrong(endpoint):
        answer = world.send(endpoint, credential.secret, world.own.values(endpoint), **unmoved(endpoint))
        check_refused(answer, 403, "insufficient_scope", credential.name)
        assert f'scope="{endpoint.scope}"' in answer.headers["WWW-Authenticate"]
        assert str(endpoint.scope) in answer.json["detail"]


@every_method
def test_its_own_scope_is_enough_however_the_credential_is_sent(world: World, endpoint: Endpoint) -> None:
    token, key = world.credentials.right(endpoint)
    basic = {"Authorization": f"Basic {b64encode(f':{key.secret}'.encode()).decode()}"}
    for secret, headers in ((token.secret, {}), (key.secret, {}), (None, basic)):
        values = world.own.values(endpoint) if endpoint.verb == "GET" else NOTHING
        answer = world.send(endpoint, secret, values, headers=headers, **unmoved(endpoint))
        if endpoint.verb == "GET":
            assert answer.status == 200, answer.text
        else:
            assert answer.status in (400, 404, 422), f"{answer.status} {answer.text}"
        assert int(answer.headers["X-RateLimit-Limit"]) == int(OFTEN.partition("/")[0])
        assert int(answer.headers["X-RateLimit-Remaining"]) >= 0


@pytest.mark.parametrize(
    "endpoint",
    [one for one in ENDPOINTS if "<" in one.path or "external_id" in str(QUERIES.get(one.name))],
    ids=lambda one: f"{one.verb} {one.path}",
)
def test_what_is_another_organizations_is_not_there(world: World, endpoint: Endpoint) -> None:
    theirs = world.others.values(endpoint)
    if endpoint.body is not None:
        assert endpoint.name in BODIES, "say in tests/api/catalogue.py what a body of this method is"
    body = {"json": filled(BODIES[endpoint.name], theirs)} if endpoint.body is not None else {}
    for credential in world.credentials.right(endpoint):
        check_refused(world.send(endpoint, credential.secret, theirs, **body), 404, "not_found", credential.name)


def test_nothing_of_the_other_organization_has_changed(world: World) -> None:
    """After all that was tried above it still has everything."""
    key = world.site.api_key(world.others.owner.organization)
    for endpoint in ENDPOINTS:
        if endpoint.verb == "GET" and "<" in endpoint.path:
            assert world.send(endpoint, key, world.others.values(endpoint)).status == 200, endpoint.path


@pytest.mark.parametrize(
    "endpoint", [one for one in ENDPOINTS if one.body is not None], ids=lambda one: f"{one.verb} {one.path}"
)
def test_a_body_that_can_not_be_read_is_refused(
    world: World, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    secret = world.credentials.right(endpoint)[0].secret
    json = {"Content-Type": "application/json"}

    def send(data: bytes, kind: dict[str, str]) -> Answer:
        return world.send(endpoint, secret, NOTHING, data=data, headers=kind)

    check_refused(send(b'{"a":', json), 400, "bad_request")
    check_refused(send(b"<a/>", {"Content-Type": "application/xml"}), 415, "unsupported_media_type")
    check_refused(send(b"{}", {"Content-Type": "application/json; charset=nonsense"}), 415, "unsupported_media_type")
    answer = send(b'"nothing"', json)
    check_refused(answer, 422, "invalid")
    assert all(isinstance(sentence, str) for sentences in answer.json["errors"].values() for sentence in sentences)
    monkeypatch.setitem(world.site.app.config, "MAX_CONTENT_LENGTH", 50)
    check_refused(send(b'{"a": "%s"}' % (b"x" * 60), json), 413, "content_too_large")


@pytest.mark.parametrize("path", sorted({one.path for one in ENDPOINTS}))
def test_other_verbs_are_refused_and_those_that_work_are_named(world: World, path: str) -> None:
    declared = [one for one in ENDPOINTS if one.path == path]
    allowed = {one.verb for one in declared}
    for verb in VERBS - allowed:
        answer = world.site.send(verb, address(declared[0], world.own.values(declared[0])))
        if answer.status == 401:
            assert verb in {one.verb for one in ENDPOINTS if one.path != path}, "another path's variable took it"
            continue
        check_refused(answer, 405, "method_not_allowed", verb)
        assert allowed == set(answer.headers["Allow"].replace(" ", "").split(",")) - {"HEAD"}


@every_method
def test_who_calls_too_often_is_told_when_to_come_back(
    world: World, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    once = world.site.app.config["SETTINGS"].model_copy(update=dict.fromkeys(LIMITS, parse("1/day")))
    monkeypatch.setitem(world.site.app.config, "SETTINGS", once)
    key = world.site.api_key(world.own.owner.organization)
    first, second = (world.send(endpoint, key, NOTHING, **unmoved(endpoint)) for _ in range(2))
    assert (first.headers["X-RateLimit-Limit"], first.headers["X-RateLimit-Remaining"]) == ("1", "0")
    check_refused(second, 429, "too_many_requests")
    assert 0 < int(second.headers["Retry-After"]) <= 86400
    assert (second.headers["X-RateLimit-Limit"], second.headers["X-RateLimit-Remaining"]) == ("1", "0")


@every_method
def test_a_slash_at_the_end_makes_no_difference(world: World, endpoint: Endpoint) -> None:
    answer = world.site.send(endpoint.verb, address(endpoint, NOTHING) + "/")
    check_refused(answer, 401, "unauthorized")
