"""Access with an end: chosen on the consent page or later, in force at the next call, and nothing outlives it."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from app.models import Role
from tests.cli.conftest import command_line
from tests.support.answers import Answer
from tests.support.owner import CONSENT, Owner
from tests.support.partner_app import PartnerApp, Tokens
from tests.support.sites import Site

DAY = 86400
LIST = "/settings/connected-apps"


def allow(owner: Owner, app: PartnerApp, organization: int | None = None, **fields: str | None) -> Answer:
    """Allow all that ``app`` asks for, with ``fields`` of the page filled in."""
    page = owner.open_consent(app.authorize_link(prompt="consent"))
    form = page.form(CONSENT).fill(**fields)
    if organization is not None:
        form.fill(organization=str(organization))
    return owner.submit(form, button=("decision", "allow"))


def connect(owner: Owner, app: PartnerApp, **fields: str | None) -> Tokens:
    return app.exchange(allow(owner, app, **fields).parameters["code"])


def listed(site: Site, owner: Owner) -> list[str | None]:
    """The end dates of the organization's live connections."""
    rows = command_line(site)("connections", "list", "--organization", owner.organization).result
    return [row["ends_at"] for row in rows]


def introspect(app: PartnerApp, token: str) -> dict[str, object]:
    answer = app.site.post("/uaa/oauth/introspect", data={"token": token}, auth=(app.client_id, app.secret or ""))
    facts: dict[str, object] = answer.json
    return facts


def change(owner: Owner, **fields: str) -> Answer:
    """Choose another end on the app's page."""
    link = owner.get(LIST).page.select_one("article.connection h2 a")
    assert link is not None
    return owner.submit(owner.get(str(link["href"])).form("form[action$='/end-date']").fill(**fields))


def test_nothing_outlives_the_end_that_was_chosen_on_the_consent_page(any_site: Site, clock: SimpleNamespace) -> None:
    owner, app = any_site.owner(), any_site.partner_app()
    tokens = connect(owner, app, ends="1")
    assert DAY - 60 < tokens.answer.json["expires_in"] < DAY
    assert DAY - 60 < tokens.answer.json["refresh_token_expires_in"] < DAY
    clock.advance(seconds=DAY - 100)
    owner = owner.new_browser()
    tokens = app.refresh(tokens)
    assert 30 < tokens.answer.json["expires_in"] < 100
    assert 30 < tokens.answer.json["refresh_token_expires_in"] < 100
    again = app.refresh(tokens)
    assert again.answer.json["expires_in"] < 100
    assert app.version(again).status == 200
    end = datetime.fromisoformat(str(listed(any_site, owner)[0])).timestamp()
    for token in again.pair:
        assert introspect(app, token)["exp"] == int(end)
    clock.advance(seconds=100)
    for secret in (tokens.access_token, again.access_token):
        answer = app.version(secret)
        assert (answer.status, answer.json["error"]) == (401, "invalid_token")
    refused = app.refresh(again)
    assert (refused.error, refused.reason) == ("invalid_grant", "expired")
    for token in again.pair:
        assert introspect(app, token) == {"active": False}
    assert listed(any_site, owner) == []


def test_a_code_can_not_be_exchanged_after_the_end(site: Site, owner: Owner, clock: SimpleNamespace) -> None:
    app = site.partner_app()
    connect(owner, app, ends="1")
    clock.advance(seconds=DAY - 100)
    code = owner.new_browser().open_consent(app.authorize_link()).parameters["code"]
    clock.advance(seconds=101)
    refused = app.exchange(code)
    assert (refused.error, refused.reason) == ("invalid_grant", "expired")


def test_the_last_day_is_allowed_up_to_its_midnight(site: Site, owner: Owner, clock: SimpleNamespace) -> None:
    last = clock.now().astimezone(UTC).date() + timedelta(days=5)
    connect(owner, site.partner_app(), ends="date", ends_on=last.isoformat())
    assert listed(site, owner) == [f"{last.isoformat()}T23:59:59+00:00"]
    assert f"Ends {last.day} {last:%b %Y}, 23:59 UTC" in owner.get(LIST).words


def test_an_approval_without_a_choice_has_no_end(site: Site, owner: Owner) -> None:
    for ends in (None, "never"):
        connect(owner, site.partner_app(), ends=ends, ends_on=None)
    assert listed(site, owner) == [None, None]


@pytest.mark.parametrize(
    ("ends", "day", "sentence"),
    [
        ("date", "", "Choose a date."),
        ("date", "31.12.2030", "Choose a date."),
        ("2", "", "Choose a date."),
        ("date", "2020-01-01", "This date is past."),
        ("at 2020-01-01T00:00:00+00:00", "", "This date is past."),
        ("date", "9999-12-31", "within the next ten years"),
        ("at 0001-01-01T00:00:00+14:00", "", "Choose a date."),
    ],
)
def test_an_end_that_is_none_is_refused_beside_its_field(
    site: Site, owner: Owner, partner_app: PartnerApp, ends: str, day: str, sentence: str
) -> None:
    page = allow(owner, partner_app, ends=ends, ends_on=day, scope=["write:events"])
    assert page.status == 400
    field = page.page.select_one("#ends-on[aria-invalid]" if ends == "date" else "#ends[aria-invalid]")
    assert field is not None
    assert "ends-error" in str(field["aria-describedby"])
    assert sentence in str(page.page.find(id="ends-error"))
    assert page.form(CONSENT).values("scope") == ["write:events"], "what was ticked stays ticked"
    assert page.form(CONSENT).values("ends_on") == [day]
    assert listed(site, owner) == []


def test_approving_again_keeps_the_end_unless_another_is_chosen(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    connect(owner, partner_app, ends="7")
    [first] = listed(site, owner)
    connect(owner, partner_app)
    assert listed(site, owner) == [first]
    connect(owner, partner_app, ends=None, ends_on=None)
    assert listed(site, owner) == [first]
    connect(owner, partner_app, ends="never")
    assert listed(site, owner) == [None]


def test_the_form_does_what_it_showed_for_whichever_organization(site: Site, owner: Owner, partner_app: PartnerApp) -> None:
    other = site.owner()
    site.join(owner, other.organization, Role.ADMIN)
    page = owner.open_consent(partner_app.authorize_link())
    owner.submit(page.form(CONSENT).fill(organization=str(owner.organization_id), ends="7"), button=("decision", "allow"))
    assert allow(owner, partner_app, organization=other.organization_id).status == 302
    assert listed(site, owner) == listed(site, other) != [None]


def test_after_its_end_an_app_is_asked_for_again_and_connected_anew(any_site: Site, clock: SimpleNamespace) -> None:
    owner, app = any_site.owner(), any_site.partner_app(name="Stripo")
    old = connect(owner, app, ends="1")
    clock.advance(seconds=DAY)
    owner = owner.new_browser()
    new = app.connect(owner)
    assert app.version(new).status == 200
    assert app.version(old).status == 401
    assert listed(any_site, owner) == [None]
    assert app.refresh(old).reason == "expired"


def test_an_end_chosen_later_is_in_force_at_the_next_call(any_site: Site, clock: SimpleNamespace) -> None:
    owner, app = any_site.owner(), any_site.partner_app()
    tokens = app.connect(owner)
    assert change(owner, ends="1").status == 302
    assert "End of access set" in owner.get("/settings/security").words
    clock.advance(seconds=DAY)
    assert app.version(tokens).status == 401
    assert app.refresh(tokens).reason == "expired"


def test_a_later_end_lets_the_tokens_live_on_without_connecting_again(site: Site, clock: SimpleNamespace) -> None:
    owner, app = site.owner(), site.partner_app()
    tokens = connect(owner, app, ends="1")
    change(owner, ends="30")
    clock.advance(seconds=DAY + 60)
    assert app.version(tokens).status == 200
    clock.advance(seconds=5 * DAY)
    renewed = app.refresh(tokens)
    assert 23 * DAY < renewed.answer.json["refresh_token_expires_in"] < 24 * DAY
    change(owner.new_browser_signed_in(), ends="never")
    assert app.refresh(renewed).answer.json["refresh_token_expires_in"] == 30 * DAY


def test_an_end_on_the_apps_page_is_checked_and_only_managers_set_it(site: Site, owner: Owner) -> None:
    site.partner_app().connect(owner)
    page = change(owner, ends="date", ends_on="2020-01-01")
    assert (page.status, "This date is past." in page.words) == (400, True)
    address = page.form("form[action$='/end-date']").action
    member, stranger = site.member(owner.organization), site.owner()
    for person in (member, stranger):
        person.sign_in()
    assert member.post(address, ends="1").status == 403
    assert stranger.post(address, ends="1").status == 404
    assert listed(site, owner) == [None]


def test_what_ended_on_its_date_is_listed_so_at_once_and_logged_in_passing(any_site: Site, clock: SimpleNamespace) -> None:
    owner, app = any_site.owner(), any_site.partner_app(name="Stripo")
    connect(owner, app, ends="1")
    clock.advance(seconds=DAY)
    owner = owner.new_browser_signed_in()
    assert "Stripo The access was allowed up to this date." in owner.get(LIST).words
    assert "Access ended" not in table_of_log(owner)
    assert command_line(any_site)("purge").result["ended_connections"] == 1
    assert command_line(any_site)("purge").result["ended_connections"] == 0
    assert "Stripo The access was allowed up to this date." in owner.get(LIST).words
    assert table_of_log(owner).count("Access ended") == 1
    assert app.connect(owner).status == 200


def table_of_log(owner: Owner) -> str:
    table = owner.get("/settings/security").page.select_one(".log table")
    return table.get_text(" ") if table else ""
