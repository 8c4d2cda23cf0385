"""Resource indicators (RFC 8707): what a token is for is asked for, granted, and held to."""

import pytest

from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp, Proof
from tests.support.resource_server import ResourceServer
from tests.support.sites import Site

REPORTS = "https://reports.example/api"


@pytest.fixture
def owner(any_site: Site) -> Owner:
    return any_site.owner()


@pytest.fixture
def partner(any_site: Site) -> PartnerApp:
    return any_site.partner_app()


@pytest.fixture
def reports(any_site: Site, owner: Owner) -> ResourceServer:
    return ResourceServer.make(any_site, resource=REPORTS, organization=owner.organization)


@pytest.mark.parametrize("path", ["", "/", "/api", "/api/v1", "/api/v2", "/api/v2/"])
def test_every_name_of_this_api_is_known(partner: PartnerApp, owner: Owner, path: str) -> None:
    resource = partner.site.url + path
    tokens = partner.connect(owner, resource=resource)
    assert partner.version(tokens).status == 200
    assert partner.version(partner.refresh(tokens, resource=partner.site.url)).status == 200


@pytest.mark.parametrize(
    "resource", ["https://elsewhere.example", "not an address", "https://reports.example", "/api", "\0"]
)
def test_an_unknown_resource_is_refused_at_the_callback(partner: PartnerApp, reports: ResourceServer, resource: str) -> None:
    answer = partner.site.get(partner.authorize_link(resource=resource))
    assert (answer.status, answer.parameters["error"], answer.parameters["state"]) == (302, "invalid_target", "xyz")


def test_one_token_is_for_one_resource(partner: PartnerApp, reports: ResourceServer) -> None:
    link = partner.authorize_link(resource=REPORTS)
    assert partner.site.get(f"{link}&resource={partner.site.url}").parameters["error"] == "invalid_target"


def test_two_names_of_one_resource_are_one(partner: PartnerApp, owner: Owner) -> None:
    link = f"{partner.authorize_link(resource=partner.site.url)}&resource={partner.site.url}/api"
    assert "code" in owner.approve(link).parameters


def test_a_token_for_another_api_works_there_and_not_here(
    partner: PartnerApp, owner: Owner, reports: ResourceServer
) -> None:
    tokens = partner.connect(owner, resource=REPORTS, scope="UseEvents")
    refused = partner.version(tokens)
    assert (refused.status, refused.json["error"]) == (401, "invalid_token")
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
    assert reports.accepts(tokens.access_token)
    again = partner.refresh(tokens)
    assert partner.version(again).status == 401
    assert reports.accepts(again.access_token)


def test_a_token_for_this_api_is_not_accepted_elsewhere(partner: PartnerApp, owner: Owner, reports: ResourceServer) -> None:
    for parameters in ({}, {"resource": partner.site.url}):
        tokens = partner.connect(owner, **parameters)
        assert partner.version(tokens).status == 200
        assert not reports.accepts(tokens.access_token)


def test_a_slash_at_the_end_makes_no_difference_and_aud_is_the_registered_name(
    any_site: Site, partner: PartnerApp, owner: Owner
) -> None:
    slashed = ResourceServer.make(any_site, resource="https://slash.example/", organization=owner.organization)
    tokens = partner.connect(owner, resource="https://slash.example")
    assert slashed.introspect(tokens.access_token).json["aud"] == "https://slash.example/"


@pytest.mark.parametrize("wanted", [REPORTS, f"{REPORTS}/"])
def test_the_exchange_and_the_refresh_may_name_what_was_granted(
    partner: PartnerApp, owner: Owner, reports: ResourceServer, wanted: str
) -> None:
    tokens = partner.exchange(partner.code_from(owner, resource=REPORTS), resource=wanted)
    assert partner.refresh(tokens, resource=wanted).status == 200


def test_the_exchange_may_not_name_another_resource_and_does_not_burn_the_code(
    partner: PartnerApp, owner: Owner, reports: ResourceServer
) -> None:
    here, there = partner.code_from(owner, prompt="consent"), partner.code_from(owner, resource=REPORTS)
    for code, other, own in ((here, REPORTS, partner.site.url), (there, partner.site.url, REPORTS)):
        refused = partner.exchange(code, resource=other)
        assert (refused.status, refused.error) == (400, "invalid_target")
        assert partner.exchange(code, resource="https://elsewhere.example").error == "invalid_target"
        assert partner.exchange(code, resource=own).status == 200


def test_a_refresh_may_not_name_another_resource_and_does_not_spend_the_token(
    partner: PartnerApp, owner: Owner, reports: ResourceServer
) -> None:
    tokens = partner.connect(owner, resource=REPORTS)
    assert partner.refresh(tokens, resource=partner.site.url).error == "invalid_target"
    body = f"grant_type=refresh_token&refresh_token={tokens.refresh_token}&resource={REPORTS}&resource={partner.site.url}"
    both = partner.site.post(
        "/uaa/oauth/token", data=body, auth=(partner.client_id, partner.secret or ""),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert both.json["error"] == "invalid_target"
    assert partner.refresh(tokens, resource=REPORTS).status == 200


def test_a_resource_is_no_way_around_the_check_of_the_client(partner: PartnerApp, owner: Owner) -> None:
    code = partner.code_from(owner, **Proof.new().parameters)
    assert partner.exchange(code, resource="https://elsewhere.example", code_verifier="x" * 43).error == "invalid_grant"


def test_the_page_says_where_the_access_is_to_be_used(partner: PartnerApp, owner: Owner, reports: ResourceServer) -> None:
    assert f"For use at Reports ({REPORTS})" in owner.open_consent(partner.authorize_link(resource=REPORTS)).words
    assert "to be used at" not in owner.open_consent(partner.authorize_link(resource=partner.site.url)).words


def test_an_approval_for_this_api_is_not_one_for_another(partner: PartnerApp, owner: Owner, reports: ResourceServer) -> None:
    partner.connect(owner)
    assert owner.get(partner.authorize_link()).status == 302
    assert owner.get(partner.authorize_link(resource=REPORTS)).page.select_one("form.consent")


def test_a_suspended_or_deleted_resource_server_is_unknown(
    any_site: Site, partner: PartnerApp, reports: ResourceServer
) -> None:
    from app.services import clients

    for end in (clients.suspend, clients.delete):
        with any_site.rules():
            end(clients.get(reports.client_id))
        assert any_site.get(partner.authorize_link(resource=REPORTS)).parameters["error"] == "invalid_target"


def test_a_resource_server_neither_asks_people_nor_gets_tokens(any_site: Site, reports: ResourceServer) -> None:
    posing = PartnerApp(any_site, client_id=reports.client_id, secret=reports.secret)
    assert any_site.get(posing.authorize_link()).status == 400
    assert posing.exchange("uaa_ac_x").error == "unauthorized_client"
    assert posing.refresh("uaa_rt_x").error == "unauthorized_client"
