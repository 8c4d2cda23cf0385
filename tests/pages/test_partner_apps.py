"""For partners: apps are registered, listed, found, changed, suspended, handed over and deleted."""

import re
from types import SimpleNamespace

import pytest

from app.models import Role
from app.services import organizations, resource_servers
from tests.support.answers import Answer
from tests.support.owner import Owner
from tests.support.partner_app import PartnerApp
from tests.support.sites import Site, unique

LIST = "/settings/partner-apps"


@pytest.fixture
def owner(site: Site) -> Owner:
    owner = site.owner()
    owner.sign_in()
    return owner


@pytest.fixture
def our_app(site: Site, owner: Owner) -> PartnerApp:
    """An app of the organization of ``owner``."""
    return site.partner_app(organization=owner.organization, name="Our app")


def page_of(app: PartnerApp, name: str = "") -> str:
    return f"{LIST}/{app.client_id}{name}"


def register(owner: Owner, **fields: object) -> Answer:
    form = owner.get(f"{LIST}/new").form("form.card")
    return owner.submit(form.fill(**{"name": "New app", "scope": ["UseEvents"]} | fields))  # type: ignore[arg-type]


def shown(answer: Answer, id: str) -> str:
    found = answer.page.select_one(f"#{id}")
    assert found is not None, answer.words
    return found.get_text()


# Registering


def test_an_app_is_registered_and_its_secret_obtains_tokens(site: Site, owner: Owner) -> None:
    callback = "https://new.example/cb"
    answer = register(owner, callback_url=[callback, ""], scope=["UseEvents", "read:contacts"])
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    app = PartnerApp(
        site, client_id=shown(answer, "client-id"), secret=shown(answer, "client-secret"), callback_urls=(callback,)
    )
    tokens = app.connect(site.owner())
    assert set(tokens.scope.split()) == {"UseEvents", "read:contacts"}
    assert app.version(tokens).status == 200


def test_the_secret_is_shown_once(owner: Owner) -> None:
    answer = register(owner)
    client_id, secret = shown(answer, "client-id"), shown(answer, "client-secret")
    for page in ("", f"/{client_id}", f"/{client_id}/secrets", f"/{client_id}/quick-start"):
        assert secret not in owner.get(LIST + page).text


def test_the_env_file_holds_everything(site: Site, owner: Owner) -> None:
    answer = register(owner, callback_url=["https://new.example/cb?a=$(id)&b='x'"], scope=["UseEvents", "UseMessages"])
    lines = dict(line.split("=", 1) for line in shown(answer, "dot-env").splitlines())
    assert lines["UAA_CLIENT_ID"] == shown(answer, "client-id")
    assert lines["UAA_CLIENT_SECRET"] == shown(answer, "client-secret")
    assert lines["UAA_CALLBACK_URL"] == "\"https://new.example/cb?a=\\$(id)&b='x'\""
    assert lines["UAA_SCOPE"] == "'UseEvents UseMessages'"
    assert lines["UAA_TOKEN_URL"] == f"{site.url}/uaa/oauth/token"


def test_a_public_app_gets_no_secret(site: Site, owner: Owner) -> None:
    answer = register(owner, client_type="public", callback_url=["com.example.phone:/cb"])
    assert answer.page.select_one("#client-secret") is None
    assert "UAA_CLIENT_SECRET" not in answer.text
    app = PartnerApp(site, client_id=shown(answer, "client-id"), secret=None, callback_urls=("com.example.phone:/cb",))
    assert app.connect(site.owner()).status == 200


def test_an_app_needs_no_callback_url_at_first(owner: Owner) -> None:
    answer = register(owner, callback_url=["", ""])
    assert answer.status == 200
    assert "has no callback URL yet" in answer.words


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": " "}, "An app's name has 1 to 80 printable characters."),
        ({"name": "x" * 81}, "An app's name has 1 to 80 printable characters."),
        ({"name": "a\x00b"}, "An app's name has 1 to 80 printable characters."),
        ({"scope": []}, "Choose at least one access scope."),
        ({"scope": ["everything"]}, "'everything' is not an access scope of this server."),
        ({"callback_url": ["http://shop.example/cb"]}, "use https; http is for addresses on this computer only."),
        ({"callback_url": ["https://shop.example/#x"]}, "a callback URL has no fragment"),
        ({"callback_url": ["com.example.app:/cb"]}, "use https, or http on this computer"),
        ({"callback_url": [f"https://shop.example/{n}" for n in range(21)]}, "An app has at most 20 callback URLs."),
    ],
)
def test_what_is_not_acceptable_is_said_beside_the_field_and_nothing_typed_is_lost(
    owner: Owner, fields: dict[str, object], sentence: str
) -> None:
    answer = register(owner, **{"name": "Kept name", "callback_url": ["https://kept.example/cb"]} | fields)
    assert answer.status == 400
    assert sentence in answer.words
    assert answer.page.select_one("[aria-invalid]") is not None or "scope" in fields or "at most 20" in sentence
    if "name" not in fields:
        assert answer.page.select_one("input[name=name]")["value"] == "Kept name"  # type: ignore[index]
    if "callback_url" not in fields:
        assert answer.page.select_one("input[value='https://kept.example/cb']") is not None
    assert "No apps yet" in owner.get(LIST).words


def test_every_reason_is_given_at_once(owner: Owner) -> None:
    words = register(owner, name="", scope=[], callback_url=["ftp://x", "http://shop.example"]).words
    for part in ("1 to 80", "at least one access scope", "use https, or http", "http is for addresses"):
        assert part in words


@pytest.mark.parametrize(
    ("url", "client_type", "fits"),
    [
        ("https://shop.example/cb", "confidential", True),
        ("http://shop.example/cb", "confidential", False),
        ("com.example.app:/cb", "confidential", False),
        ("com.example.app:/cb", "public", True),
        ("https://shop.example/*", "public", False),
        ("", "public", False),
    ],
)
def test_a_callback_url_is_checked_while_it_is_typed(owner: Owner, url: str, client_type: str, fits: bool) -> None:
    answer = owner.browser.send("GET", f"{LIST}/check-callback", params={"url": url, "client_type": client_type})
    assert answer.status == 200
    assert (answer.json["problem"] is None) is fits


# The list


def test_the_empty_list_says_what_to_do(owner: Owner) -> None:
    page = owner.get(LIST)
    assert "No apps yet" in page.words
    assert page.page.select_one(f"a[href='{LIST}/new']") is not None


def test_the_list_shows_how_many_are_connected(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    assert "Not connected yet" in owner.get(LIST).words
    our_app.connect(site.owner())
    our_app.connect(site.owner())
    assert "2 connections" in owner.get(LIST).words


def test_the_list_is_paged_and_searchable(site: Site, owner: Owner) -> None:
    for number in range(30):
        site.partner_app(organization=owner.organization, name=f"App number {number}")
    first = owner.get(LIST)
    names = [tag.get_text() for tag in first.page.select(".app-rows h2 bdi")]
    assert names == [f"App number {number}" for number in range(29, 4, -1)]
    older = first.page.select_one("nav[aria-label=Pages] a")
    assert older is not None
    rest = [tag.get_text() for tag in owner.get(str(older["href"])).page.select(".app-rows h2 bdi")]
    assert rest == [f"App number {number}" for number in range(4, -1, -1)]
    found = owner.browser.send("GET", LIST, params={"words": "NUMBER 17"})
    assert [tag.get_text() for tag in found.page.select(".app-rows h2 bdi")] == ["App number 17"]
    assert "Nothing fits" in owner.browser.send("GET", LIST, params={"words": "100%_"}).words


def test_apps_of_others_are_not_listed(site: Site, owner: Owner) -> None:
    site.partner_app(name="Somebody else's")
    assert "Somebody else" not in owner.get(LIST).words


# Changing


def edit(owner: Owner, app: PartnerApp, **fields: object) -> Answer:
    return owner.submit(owner.get(page_of(app)).form("form.card").fill(**fields))  # type: ignore[arg-type]


def test_name_callbacks_and_scopes_are_changed(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    new = "https://second.example/cb"
    assert edit(owner, our_app, name="Renamed", callback_url=[new], scope=["UseEvents"]).status == 302
    page = owner.get(page_of(our_app))
    assert "Your changes are saved." in page.words
    assert page.form("form.card").values("callback_url") == [new, ""]
    other = site.owner()
    other.sign_in()
    assert other.get(our_app.authorize_link()).status == 400, "the old callback is gone"
    consent = other.get(our_app.authorize_link(redirect_uri=new))
    assert "Renamed" in consent.words
    assert (
        "Send messages" in consent.words.partition("It will not be able to")[2] or "messages in your name" in consent.words
    )


def test_tokens_that_were_issued_keep_their_rights(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    tokens = our_app.connect(site.owner())
    page = owner.get(page_of(our_app))
    assert "Tokens that were issued already keep their rights" in page.words
    edit(owner, our_app, scope=["UseEvents"])
    assert our_app.call(tokens, "GET", "/api/v1/contacts").status == 200


def test_lifetimes_are_the_apps_own(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    assert edit(owner, our_app, access_token_ttl="600", refresh_token_ttl="7200").status == 302
    tokens = our_app.connect(site.owner())
    assert (tokens.answer.json["expires_in"], tokens.answer.json["refresh_token_expires_in"]) == (600, 7200)
    edit(owner, our_app, access_token_ttl="", refresh_token_ttl="")
    assert our_app.connect(site.owner()).answer.json["expires_in"] == 172800


@pytest.mark.parametrize("value", ["59", "0", "-1", "1e3", "abc", "99999999999", "2592001", "²"])
def test_a_lifetime_out_of_bounds_is_refused(owner: Owner, our_app: PartnerApp, value: str) -> None:
    answer = edit(owner, our_app, access_token_ttl=value)
    assert answer.status == 400
    assert answer.page.select_one("#access_token_ttl[aria-invalid]") is not None


def test_secrets_in_addresses_can_be_switched_off(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    refresh = our_app.connect(site.owner())
    assert our_app.refresh(refresh, via="query").status == 200
    edit(owner, our_app, allows_query_credentials=None)
    assert our_app.ask({"grant_type": "refresh_token", "refresh_token": "x"}, via="query").error == "invalid_client"


def test_the_type_can_not_be_changed(owner: Owner, our_app: PartnerApp) -> None:
    assert edit(owner, our_app, client_type="public", callback_url=["com.example.app:/cb"]).status == 400


def test_changes_are_in_the_security_log(owner: Owner, our_app: PartnerApp) -> None:
    edit(owner, our_app, name="Renamed")
    edit(owner, our_app, name="Renamed")
    events = owner.get("/settings/security.json").json
    changed = [event for event in events if event["kind"] == "app_changed"]
    assert [event["detail"]["changed"] for event in changed] == [["name"]], "saving without a change is no event"
    assert changed[0]["actor"] == owner.email


# Suspending, handing over, deleting


def test_suspending_stops_everything_until_resumed(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    tokens = our_app.connect(site.owner())
    owner.submit(owner.get(page_of(our_app, "/danger")).form("form[action$='/suspend']"))
    assert our_app.version(tokens).status == 401
    assert "Suspended" in owner.get(LIST).words
    owner.submit(owner.get(page_of(our_app, "/danger")).form("form[action$='/resume']"))
    assert our_app.version(tokens).status == 200


def test_an_app_is_handed_over_to_another_organization_of_the_person(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    tokens = our_app.connect(site.owner())
    assert owner.get(page_of(our_app, "/danger")).page.select_one("form[action$='/transfer']") is None
    other = unique("Zeta Works")  # after all other names: the person goes on looking at the first organization
    site.join(owner, other, Role.ADMIN)
    form = owner.get(page_of(our_app, "/danger")).form("form[action$='/transfer']")
    answer = owner.submit(form)
    assert answer.status == 302
    assert f"belongs to {other} now" in owner.get(answer.location).words
    assert owner.get(page_of(our_app)).status == 404
    assert our_app.version(tokens).status == 200
    events = owner.get("/settings/security.json").json
    assert [event["detail"]["after"] for event in events if event["kind"] == "app_transferred"] == [other]


def test_an_app_is_not_handed_over_to_where_one_does_not_manage(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    place = unique("Zeta Works")
    site.owner(organization=place)
    site.join(owner, place, Role.MEMBER)
    stranger = site.owner()
    number = str(site.member(place).organization_id)
    for organization in (number, str(stranger.organization_id), str(owner.organization_id), "x", "99999999999999999999"):
        owner.post(page_of(our_app, "/transfer"), organization=organization)
        assert owner.get(page_of(our_app)).status == 200, organization


def test_deleting_asks_for_the_name_and_says_what_ends(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    tokens = our_app.connect(site.owner())
    question = owner.get(page_of(our_app, "/delete"))
    assert "1 connection ends." in question.words
    wrong = owner.submit(question.form("form.card").fill(name="Our"))
    assert wrong.status == 400
    assert "This is not the app’s name." in wrong.words
    assert our_app.version(tokens).status == 200
    answer = owner.submit(question.form("form.card").fill(name="Our app"))
    assert answer.status == 302
    assert "Connections that ended with it: 1." in owner.get(answer.location).words
    assert our_app.version(tokens).status == 401
    assert our_app.refresh(tokens).error == "invalid_client"
    for page in ("", "/secrets", "/preview", "/quick-start", "/delete"):
        assert owner.get(page_of(our_app, page)).status == 404


# Who may

PAGES = (
    "",
    "/authorization-form",
    "/preview",
    "/secrets",
    "/quick-start",
    "/events",
    "/danger",
    "/delete",
    "/test-callback",
)
ACTIONS = (
    "", "/authorization-form", "/authorization-form/remove-logo", "/secrets", "/secrets/retire", "/suspend", "/resume",
    "/transfer", "/delete", "/test-callback",
)  # fmt: skip


def test_members_are_told_why_they_may_not(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    member = site.member(owner.organization, role=Role.MEMBER)
    member.sign_in()
    assert "For partners" not in member.get("/settings/connected-apps").words
    answers = [member.get(address) for address in (LIST, f"{LIST}/new", *(page_of(our_app, page) for page in PAGES))]
    answers += [member.post(page_of(our_app, action), name="Our app") for action in ACTIONS]
    for answer in answers:
        assert answer.status == 403, answer.address
        assert "Only owners and admins" in answer.words, answer.address


def test_admins_may(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    admin = site.member(owner.organization, role=Role.ADMIN)
    admin.sign_in()
    assert edit(admin, our_app, name="By an admin").status == 302


def test_to_other_organizations_the_app_does_not_exist(site: Site, our_app: PartnerApp) -> None:
    stranger = site.owner()
    stranger.sign_in()
    for page in PAGES:
        assert stranger.get(page_of(our_app, page)).status == 404, page
    for action in ACTIONS:
        assert stranger.post(page_of(our_app, action), name="Our app").status == 404, action
    assert our_app.connect(site.owner()).status == 200, "nothing happened to it"


def test_nobody_gets_in_without_signing_in(site: Site, our_app: PartnerApp) -> None:
    for address in (LIST, f"{LIST}/new", f"{LIST}/check-callback", *(page_of(our_app, page) for page in PAGES)):
        answer = site.get(address)
        assert answer.status == 302, address
        assert answer.location.startswith("/login")


def test_a_resource_server_is_no_partner_app(site: Site, owner: Owner) -> None:
    with site.rules():
        organization = organizations.get_by_name(owner.organization)
        server, _ = resource_servers.create(organization, name="Reports", resource=None, issuer=site.url)
        client_id = server.client_id
    assert "Reports" not in owner.get(LIST).words
    assert owner.get(f"{LIST}/{client_id}").status == 404


# Secrets and events


def test_a_secret_is_replaced_without_a_pause(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    tokens = our_app.connect(site.owner())
    made = owner.submit(owner.get(page_of(our_app, "/secrets")).form("form[method=post]:not([action])"))
    assert made.headers["Cache-Control"] == "no-store"
    new = shown(made, "client-secret")
    pair = our_app.refresh(tokens)
    assert our_app.ask({"grant_type": "refresh_token", "refresh_token": pair.refresh_token}, secret=new).status == 200
    page = owner.get(page_of(our_app, "/secrets"))
    assert new not in page.text
    assert "retire one of these first" in page.words
    assert "two live secrets" in owner.get(owner.post(page_of(our_app, "/secrets")).location).words
    hint = str(our_app.secret)[:13]
    owner.post(page_of(our_app, "/secrets/retire"), hint=hint)
    assert our_app.ask({"grant_type": "refresh_token", "refresh_token": "x"}).error == "invalid_client"
    assert "Retired" in owner.get(page_of(our_app, "/secrets")).words


def test_the_only_secret_stays(owner: Owner, our_app: PartnerApp) -> None:
    page = owner.get(page_of(our_app, "/secrets"))
    assert page.page.select_one("form[action$='/retire']") is None
    answer = owner.post(page_of(our_app, "/secrets/retire"), hint=str(our_app.secret)[:13])
    assert "only secret" in owner.get(answer.location).words


def test_the_use_of_each_secret_is_shown_and_warned_of(
    site: Site, owner: Owner, our_app: PartnerApp, clock: SimpleNamespace
) -> None:
    assert "Not used yet." in owner.get(page_of(our_app, "/secrets")).words
    our_app.connect(site.owner())
    site.app.extensions["tally_writer"].write()
    owner.post(page_of(our_app, "/secrets"))
    words = owner.get(page_of(our_app, "/secrets")).words
    assert words.count("In use") == 1
    assert "This secret is still in use." in words
    assert "It was never used." in words
    clock.advance(seconds=8 * 86400)
    words = owner.get(page_of(our_app, "/secrets")).words
    assert "In use" not in words
    assert "Last used" in words


def test_a_wrong_secret_counts_as_no_use(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    our_app.ask({"grant_type": "refresh_token", "refresh_token": "x"}, secret="uaa_cs_wrong")
    site.app.extensions["tally_writer"].write()
    assert "Not used yet." in owner.get(page_of(our_app, "/secrets")).words


def test_public_apps_have_no_secrets_to_make(site: Site, owner: Owner) -> None:
    app = site.partner_app(organization=owner.organization, public=True)
    assert "A public app has no secret" in owner.get(page_of(app, "/secrets")).words
    answer = owner.post(page_of(app, "/secrets"))
    assert "A public app has no secret" in owner.get(answer.location).words
    assert app.connect(site.owner()).status == 200


def test_failed_requests_are_told_to_the_developers(site: Site, owner: Owner, our_app: PartnerApp) -> None:
    assert "No failed requests" in owner.get(page_of(our_app, "/events")).words
    for number in range(30):
        site.get(our_app.authorize_link(redirect_uri=f"https://wrong.example/{number}"))
    page = owner.get(page_of(our_app, "/events"))
    assert len(page.page.select("tbody tr")) == 25
    assert "https://wrong.example/29" in page.words
    assert "https://partner.example/callback" in page.words
    older = page.page.select_one("nav[aria-label=Pages] a")
    assert older is not None
    assert "https://wrong.example/4" in owner.get(str(older["href"])).words


# The settings around it


def test_the_tabs_lead_everywhere(owner: Owner, our_app: PartnerApp) -> None:
    page = owner.get(LIST)
    tabs = page.page.select("nav.tabs a")
    assert [tab.get_text() for tab in tabs][:3] == ["For partners", "Connected apps", "API keys"]
    assert tabs[0]["aria-current"] == "page"
    for tab in tabs:
        assert owner.get(str(tab["href"])).status == 200
    inner = owner.get(page_of(our_app)).page.select("nav.app-tabs a")
    assert len(inner) == 7
    for tab in inner:
        answer = owner.get(str(tab["href"]))
        assert answer.status == 200
        current = answer.page.select_one("nav.app-tabs [aria-current]")
        assert current is not None
        assert current.get_text() == tab.get_text()


def test_names_are_only_ever_text(site: Site, owner: Owner) -> None:
    name = "<img src=x onerror=alert(1)>\"'&"
    app = site.partner_app(organization=owner.organization, name=name, callback_urls=["https://x.example/'\"<b>"])
    for address in (LIST, *(page_of(app, page) for page in PAGES)):
        page = owner.get(address)
        assert page.status == 200
        assert "<img src=x" not in page.text
        assert "<b>" not in page.text
        assert not page.page.select("[onerror], script:not([src]), [style]")
        assert not re.search(r"(?<!n)onerror=alert", " ".join(str(tag.attrs) for tag in page.page.find_all("script")))
