"""PKCE (RFC 7636): required of public clients, honoured for all, S256 alone."""

import pytest

from tests.support.owner import Owner
from tests.support.partner_app import TOKEN, PartnerApp, Proof
from tests.support.sites import Site


@pytest.fixture(params=["confidential", "public"])
def client(request: pytest.FixtureRequest, site: Site) -> PartnerApp:
    return site.partner_app(public=request.param == "public")


def test_the_right_verifier_gets_the_tokens(owner: Owner, client: PartnerApp) -> None:
    proof = Proof.new()
    code = client.code_from(owner, **proof.parameters)
    assert client.exchange(code, code_verifier=proof.verifier).status == 200


@pytest.mark.parametrize("verifier", [None, "", "another-verifier-" * 3])
def test_a_wrong_or_missing_verifier_gets_nothing_and_burns_nothing(
    owner: Owner, client: PartnerApp, verifier: str | None
) -> None:
    proof = Proof.new()
    code = client.code_from(owner, **proof.parameters)
    refused = client.exchange(code, code_verifier=verifier)
    assert (refused.status, refused.error) in [(400, "invalid_grant"), (400, "invalid_request")]
    assert client.exchange(code, code_verifier=proof.verifier).status == 200


@pytest.mark.parametrize("verifier", ["short", "x" * 42, "x" * 129, "x" * 42 + "!", "ü" * 50, "x" * 42 + "\n"])
def test_a_malformed_verifier_is_refused(owner: Owner, client: PartnerApp, verifier: str) -> None:
    proof = Proof.new()
    refused = client.exchange(client.code_from(owner, **proof.parameters), code_verifier=verifier)
    assert (refused.status, refused.error) in [(400, "invalid_grant"), (400, "invalid_request")]


def test_the_challenge_itself_is_no_verifier(owner: Owner, client: PartnerApp) -> None:
    proof = Proof.new()
    code = client.code_from(owner, **proof.parameters)
    assert client.exchange(code, code_verifier=proof.challenge).error == "invalid_grant"


def test_a_verifier_without_a_challenge_is_refused(owner: Owner, partner_app: PartnerApp) -> None:
    """A downgrade: someone stripped the challenge from the authorization request (RFC 9700 section 4.8.2)."""
    code = partner_app.code_from(owner)
    refused = partner_app.exchange(code, code_verifier=Proof.new().verifier)
    assert (refused.status, refused.error) in [(400, "invalid_grant"), (400, "invalid_request")]


def test_a_replay_without_the_verifier_ends_nothing(owner: Owner, client: PartnerApp) -> None:
    proof = Proof.new()
    code = client.code_from(owner, **proof.parameters)
    tokens = client.exchange(code, code_verifier=proof.verifier)
    assert client.exchange(code, code_verifier=Proof.new().verifier).status == 400
    assert client.version(tokens).status == 200


@pytest.mark.parametrize(
    "parameters",
    [
        {"code_challenge": "x" * 43, "code_challenge_method": "plain"},
        {"code_challenge": "x" * 43},
        {"code_challenge": "x" * 43, "code_challenge_method": "s256"},
        {"code_challenge": "x" * 42, "code_challenge_method": "S256"},
        {"code_challenge": "x" * 129, "code_challenge_method": "S256"},
        {"code_challenge": "x" * 42 + "=", "code_challenge_method": "S256"},
        {"code_challenge": "x" * 43 + "\n", "code_challenge_method": "S256"},
        {"code_challenge_method": "S256"},
    ],
)
def test_plain_and_malformed_challenges_are_refused_at_the_callback(
    owner: Owner, client: PartnerApp, parameters: dict[str, str]
) -> None:
    answer = owner.get(client.authorize_link(**parameters))
    assert answer.status == 302
    assert answer.location.startswith(client.callback + "?")
    assert (answer.parameters["error"], answer.parameters["state"]) == ("invalid_request", "xyz")


def test_a_public_client_must_send_a_challenge_and_a_confidential_one_need_not(owner: Owner, site: Site) -> None:
    answer = owner.get(site.partner_app(public=True).authorize_link())
    assert answer.parameters["error"] == "invalid_request"
    assert site.partner_app().connect(owner).status == 200


def test_a_public_client_refreshes_by_its_client_id_alone_and_has_no_secret(owner: Owner, site: Site) -> None:
    app = site.partner_app(public=True)
    tokens = app.connect(owner)
    assert app.refresh(tokens).status == 200
    pretending = PartnerApp(site, client_id=app.client_id, secret=site.partner_app().secret)
    assert pretending.refresh(tokens).error == "invalid_client"


def test_a_public_client_says_who_it_is_and_gets_no_other_clients_code_redeemed(owner: Owner, site: Site) -> None:
    app, other = site.partner_app(public=True), site.partner_app(public=True)
    proof = Proof.new()
    code = app.code_from(owner, **proof.parameters)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": app.callback}
    nobody = site.post(TOKEN, data=form | {"code_verifier": proof.verifier})
    assert (nobody.status, nobody.json["error"]) == (401, "invalid_client")
    assert other.exchange(code, code_verifier=proof.verifier).error == "invalid_grant"
    assert app.exchange(code, code_verifier=proof.verifier).status == 200
