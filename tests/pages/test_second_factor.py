"""Two-step sign-in: codes by time that work once, recovery codes, and nothing opened before the second step."""

from collections.abc import Callable
from types import SimpleNamespace

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import AuditEvent, SecondFactor
from tests.cli.conftest import command_line
from tests.support import secret_hunt
from tests.support.answers import Answer
from tests.support.apps import KEY
from tests.support.letterbox import Letterbox
from tests.support.owner import Owner
from tests.support.races import together
from tests.support.sites import Site

PAGE = "/settings/account/second-step"
HOME = "/settings/connected-apps"


class Phone:
    """An authenticator app that has scanned the picture, and the recovery codes on a slip of paper."""

    def __init__(self, owner: Owner, clock: SimpleNamespace) -> None:
        self.owner, self.clock = owner, clock
        self.recovery_codes: list[str] = []

    def set_up(self) -> Answer:
        owner = self.owner
        page = owner.submit(owner.get(PAGE).form().fill(present=owner.password))
        key = page.page.select_one("code.key")
        assert key is not None, page.words
        self.secret = key.get_text().replace(" ", "")
        assert page.page.select_one("img[src^='data:image/svg+xml']") is not None
        return page

    def turn_on(self) -> Answer:
        page = self.set_up()
        self.first = self.code()
        answer = self.owner.submit(page.form().fill(code=self.first))
        self.recovery_codes = codes_on(answer)
        return answer

    def code(self, seconds: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(int(self.clock.now().timestamp()) + seconds)

    def next_code(self) -> str:
        """One that was not used yet."""
        self.clock.advance(seconds=30)
        return self.code()


def codes_on(answer: Answer) -> list[str]:
    field = answer.page.select_one("textarea#codes")
    assert field is not None, answer.words
    return field.get_text().split()


def enter(person: Owner, code: str, *, next: str | None = None) -> Answer:
    page = person.browser.send("GET", "/login/code", params={"next": next} if next else None)
    return person.submit(page.form().fill(code=code))


def sign_in(owner: Owner, code: str) -> Answer:
    """At a new browser: the password, then the code."""
    person = owner.new_browser()
    assert person.sign_in().location.startswith("/login/code")
    return enter(person, code)


def is_signed_in(person: Owner) -> bool:
    return person.browser.send("GET", HOME).status == 200


@pytest.fixture
def owner(site: Site) -> Owner:
    owner = site.owner()
    owner.sign_in()
    return owner


@pytest.fixture
def phone(owner: Owner, clock: SimpleNamespace) -> Phone:
    phone = Phone(owner, clock)
    phone.turn_on()
    return phone


def test_a_sign_in_takes_the_password_and_then_a_code(owner: Owner, phone: Phone) -> None:
    person = owner.new_browser()
    assert person.sign_in(next="/settings/members?x=1").location == "/login/code?next=/settings/members?x%3D1"
    answer = enter(person, f" {phone.next_code()[:3]} {phone.code()[3:]} ", next="/settings/members?x=1")
    assert (answer.status, answer.location) == (302, "/settings/members?x=1")
    assert is_signed_in(person)


def test_nothing_is_open_before_the_second_step(owner: Owner, phone: Phone) -> None:
    person = owner.new_browser()
    person.sign_in()
    for address in (HOME, PAGE, "/settings/account", "/uaa/oauth/authorize"):
        assert person.browser.send("GET", address).status in (302, 400), address
    assert not is_signed_in(person)
    app = owner.site.partner_app()
    assert person.browser.send("GET", app.authorize_link()).location.startswith("/login?")
    assert person.browser.send("GET", "/settings/account").location.startswith("/login?")


def test_the_second_step_leads_on_to_the_app_that_asked(owner: Owner, phone: Phone) -> None:
    app = owner.site.partner_app()
    link = app.authorize_link(state="s")
    person = owner.new_browser()
    login = person.get(link)
    step = person.submit(login.form().fill(email=person.email, password=person.password))
    page = person.browser.send("GET", step.location)
    assert "https:" in page.headers["Content-Security-Policy"].partition("form-action")[2]
    answer = person.submit(page.form().fill(code=phone.next_code()))
    assert answer.location == link.removeprefix(owner.site.url)


def test_a_code_works_once_and_no_older_one_after_it(owner: Owner, phone: Phone) -> None:
    used = phone.next_code()
    assert sign_in(owner, used).status == 302
    assert sign_in(owner, used).status == 400
    assert sign_in(owner, phone.code(-30)).status == 400
    assert sign_in(owner, phone.code(30)).status == 302


def test_the_code_that_turned_it_on_does_not_sign_in(owner: Owner, phone: Phone) -> None:
    assert sign_in(owner, phone.first).status == 400


@pytest.mark.parametrize("seconds", [-90, 90, 3600])
def test_a_code_of_another_time_is_wrong(owner: Owner, phone: Phone, seconds: int) -> None:
    phone.clock.advance(seconds=120)
    assert sign_in(owner, phone.code(seconds)).status == 400


def test_another_persons_code_is_wrong(site: Site, owner: Owner, phone: Phone) -> None:
    other = site.owner()
    other.sign_in()
    theirs = Phone(other, phone.clock)
    theirs.turn_on()
    assert sign_in(owner, theirs.next_code()).status == 400
    assert sign_in(owner, theirs.recovery_codes[0]).status == 400
    assert sign_in(other, theirs.recovery_codes[0]).status == 302


@pytest.mark.parametrize("code", ["", " ", "000000", "é" * 6, "１２３４５６", "x" * 100])
def test_nonsense_is_wrong(owner: Owner, phone: Phone, code: str) -> None:
    assert sign_in(owner, code).status == 400


def test_each_recovery_code_works_once(owner: Owner, phone: Phone) -> None:
    assert len(set(phone.recovery_codes)) == 10
    first, second = phone.recovery_codes[:2]
    assert sign_in(owner, first.upper()).status == 302
    assert sign_in(owner, first).status == 400
    assert sign_in(owner, second.replace("-", " ")).status == 302
    assert "8 recovery codes are left" in owner.get("/settings/account").words


def test_a_waiting_sign_in_works_once_for_ten_minutes_and_not_after_a_new_password(owner: Owner, phone: Phone) -> None:
    late, changed = owner.new_browser(), owner.new_browser()
    late.sign_in()
    thief = owner.new_browser()
    for name, value in late.browser.cookies.items():
        thief.browser.set_cookie(name, value)
    assert enter(late, phone.next_code()).status == 302
    assert thief.browser.send("GET", "/login/code").location == "/login"
    late = owner.new_browser()
    late.sign_in()
    phone.clock.advance(seconds=601)
    assert late.browser.send("GET", "/login/code").location == "/login"
    changed.sign_in()
    page = owner.get("/settings/account").form().fill(present=owner.password, password="a new and better password")
    assert owner.submit(page).status == 302
    assert changed.browser.send("GET", "/login/code", params={"next": HOME}).location == f"/login?next={HOME}"


def test_what_was_planted_before_or_between_the_steps_opens_nothing(owner: Owner, phone: Phone) -> None:
    person = owner.new_browser()
    person.get("/login")
    planted = [person.browser.cookies]
    person.sign_in()
    planted.append(person.browser.cookies)
    enter(person, phone.next_code())
    assert is_signed_in(person)
    for cookies in planted:
        thief = owner.new_browser()
        for name, value in cookies.items():
            thief.browser.set_cookie(name, value)
        assert not is_signed_in(thief)


def test_no_code_without_a_password_first(owner: Owner, phone: Phone) -> None:
    person = owner.new_browser()
    assert person.browser.send("GET", "/login/code").location == "/login"
    token = person.browser.send("GET", "/login").form().values("csrf_token")[0]
    answer = person.browser.send("POST", "/login/code", data={"csrf_token": token, "code": phone.next_code()})
    assert answer.location == "/login"
    assert not is_signed_in(person)


@pytest.mark.settings(rate_limit_login="3/15minute")
def test_wrong_codes_are_counted_by_account_whatever_the_password_is(owner: Owner, phone: Phone) -> None:
    assert [sign_in(owner, "000000").status for _ in range(4)] == [400, 400, 400, 429]
    assert sign_in(owner, phone.next_code()).status == 429
    page = owner.get(PAGE).form().fill(present=owner.password, code=phone.code())
    page.action = f"{PAGE}/off"
    assert owner.submit(page).status == 429


def test_it_is_on_only_after_a_code_was_entered(owner: Owner, clock: SimpleNamespace) -> None:
    phone = Phone(owner, clock)
    page = phone.set_up()
    wrong = owner.submit(page.form().fill(code="000000"))
    assert (wrong.status, "This code is wrong" in wrong.words) == (400, True)
    assert phone.secret in wrong.words.replace(" ", "")
    assert owner.new_browser().sign_in().location == HOME
    clock.advance(seconds=3601)
    late = owner.submit(page.form().fill(code=phone.code()))
    assert late.location == PAGE
    assert owner.new_browser().sign_in().location == HOME


@pytest.mark.settings(rate_limit_login="3/15minute")
def test_turning_it_on_takes_the_password(owner: Owner) -> None:
    answers = [owner.submit(owner.get(PAGE).form().fill(present="not the password")) for _ in range(4)]
    assert [answer.status for answer in answers] == [400, 400, 400, 429]
    assert all(answer.page.select_one("code.key") is None for answer in answers)


def test_turning_it_off_takes_password_and_code(owner: Owner, phone: Phone) -> None:
    def turn_off(present: str, code: str) -> int:
        form = owner.get(PAGE).form().fill(present=present, code=code)
        form.action = f"{PAGE}/off"
        return owner.submit(form).status

    assert turn_off("not the password", phone.next_code()) == 400
    assert turn_off(owner.password, "000000") == 400
    assert owner.new_browser().sign_in().location == "/login/code"
    assert turn_off(owner.password, phone.code()) == 302
    assert owner.new_browser().sign_in().location == HOME
    assert "Turn on" in owner.get("/settings/account").words


def test_new_recovery_codes_end_the_old_ones(owner: Owner, phone: Phone) -> None:
    form = owner.get(PAGE).form().fill(present=owner.password, code=phone.recovery_codes[9])
    new = codes_on(owner.submit(form))
    assert len(new) == 10
    assert not set(new) & set(phone.recovery_codes)
    assert sign_in(owner, phone.recovery_codes[0]).status == 400
    assert sign_in(owner, new[0]).status == 302


def test_it_stays_on_when_it_is_on(owner: Owner, phone: Phone) -> None:
    """Another set-up must not replace the secret."""
    token = owner.get(PAGE).form().values("csrf_token")[0]
    owner.browser.send("POST", PAGE, data={"csrf_token": token, "present": owner.password})
    answer = owner.browser.send("POST", f"{PAGE}/confirm", data={"csrf_token": token, "code": phone.next_code()})
    assert answer.location == PAGE
    assert sign_in(owner, phone.code()).status == 302


def test_each_change_is_in_the_security_log(owner: Owner, phone: Phone) -> None:
    sign_in(owner, phone.recovery_codes[0])
    sign_in(owner, "000000")
    command_line(owner.site)("users", "reset-second-factor", "--email", owner.email)
    with owner.site.rules():
        events = {event.kind: event for event in db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))}
        assert {"second_factor_on", "recovery_code_used", "second_factor_off"} <= set(events)
        assert events["second_factor_off"].actor == "command line"
        assert events["sign_in_failed"].detail == {"step": "second"}
        assert all(event.organization_id == owner.organization_id for event in events.values())
    assert "Two-step sign-in turned on" in owner.get("/settings/security").words


def test_who_has_lost_everything_is_helped_on_the_command_line(owner: Owner, phone: Phone) -> None:
    flask = command_line(owner.site)
    waiting = owner.new_browser()
    waiting.sign_in()
    done = flask("users", "reset-second-factor", "--email", owner.email.upper()).result
    assert done == {"email": owner.email, "second_factor": False}
    assert waiting.browser.send("GET", "/login/code").location == "/login"
    assert owner.new_browser().sign_in().location == HOME
    assert flask("users", "reset-second-factor", "--email", owner.email).error["error"] == "not_found"


def test_the_person_is_told_by_letter(letterbox: Letterbox, clock: SimpleNamespace) -> None:
    owner = letterbox.site.owner()
    owner.sign_in()
    Phone(owner, clock).turn_on()
    assert letterbox.only()["Subject"] == "Two-step sign-in is on"
    command_line(letterbox.site)("users", "reset-second-factor", "--email", owner.email)
    assert letterbox.only()["To"] == owner.email


def test_neither_the_secret_nor_a_code_is_stored_or_logged(
    owner: Owner, phone: Phone, capsys: pytest.CaptureFixture[str]
) -> None:
    person = owner.new_browser()
    person.sign_in()
    code = phone.next_code()
    enter(person, code)
    secrets = {"key": phone.secret} | {f"code {number}": code for number, code in enumerate(phone.recovery_codes)}
    secrets |= {f"plain {number}": code.replace("-", "") for number, code in enumerate(phone.recovery_codes)}
    assert not secret_hunt.find(secrets, secret_hunt.rows_of(owner.site.app))
    log = capsys.readouterr().err
    assert not [name for name, value in secrets.items() if value in log]


def test_the_server_key_can_be_rotated(make_app: Callable[..., Flask], clock: SimpleNamespace) -> None:
    old, new = KEY, "another-key-of-the-tests-that-is-long-enough"
    first = Site(make_app(secret_key=[old]))
    url = first.app.config["SETTINGS"].sqlalchemy_url
    owner = first.owner()
    owner.sign_in()
    phone = Phone(owner, clock)
    phone.turn_on()

    def site_with(*keys: str) -> Site:
        return Site(make_app(secret_key=list(keys), database_url=url))

    def signs_in(site: Site, code: str) -> bool:
        person = Owner(site, email=owner.email, password=owner.password, organization="", organization_id=0)
        person.sign_in()
        return enter(person, code).status == 302

    assert signs_in(site_with(new, old), phone.next_code())
    assert not signs_in(site_with(new), phone.next_code())
    assert signs_in(site_with(new), phone.recovery_codes[0]), "recovery codes don't need the key"
    assert command_line(site_with(new, old))("users", "renew-seals").result == {"renewed": 1, "lost": 0}
    assert signs_in(site_with(new), phone.next_code())
    assert command_line(site_with(old))("users", "renew-seals").result == {"renewed": 0, "lost": 1}


def test_a_secret_that_was_moved_to_another_account_is_of_no_use(site: Site, owner: Owner, phone: Phone) -> None:
    other = site.owner()
    other.sign_in()
    Phone(other, phone.clock).turn_on()
    with site.rules():
        mine, theirs = db.session.scalars(select(SecondFactor).order_by(SecondFactor.user_id)).all()
        theirs.sealed = mine.sealed
    assert sign_in(other, phone.next_code()).status == 400


@pytest.mark.parametrize("recovery", [False, True])
def test_of_those_who_enter_one_code_at_once_one_wins(pg_app: Flask, clock: SimpleNamespace, recovery: bool) -> None:
    site = Site(pg_app)
    owner = site.owner()
    owner.sign_in()
    phone = Phone(owner, clock)
    phone.turn_on()
    code = phone.recovery_codes[0] if recovery else phone.next_code()
    tries = []
    for _ in range(5):
        person = owner.new_browser()
        person.sign_in()
        form = person.browser.send("GET", "/login/code").form().fill(code=code)
        tries.append(lambda person=person, form=form: person.submit(form).status)
    assert sorted(together(*tries)) == [302, 400, 400, 400, 400]
