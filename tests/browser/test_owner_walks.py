"""What people do with their organization and their account, from the first click to the last."""

import re

import pyotp
import requests
from playwright.sync_api import Browser, Page, expect

from app import clock
from tests.support.letterbox import Letterbox, link_in
from tests.support.owner import Owner
from tests.support.sites import unique

from .looking import DESKTOP, PHONE, Eye, looking, signed_in
from .test_flow import sign_in
from .town import Town

PASSWORD, BETTER = "a password of my own", "another password of mine"


def status(town: Town, key: str, path: str = "/api/v1/contacts") -> int:
    return requests.get(town.site.url + path, headers={"Authorization": f"Bearer {key}"}, timeout=10).status_code


def test_rights_of_a_connected_app_are_taken_away_until_it_is_disconnected(town: Town, chromium: Browser) -> None:
    owner, app = town.site.owner(), town.site.partner_app(name="Stripo", scope="UseRestApi")
    token = app.connect(owner).access_token
    with signed_in(chromium, town, owner) as eye:
        page = eye.page
        eye.open(f"{town.site.url}/settings/connected-apps")
        page.locator("header.top .menu summary").click()
        eye.look("menu", DESKTOP)
        page.keyboard.press("Escape")
        page.get_by_role("link", name="Stripo").click()
        assert status(town, token) == 200
        page.get_by_role("button", name="Take away Read contacts").click()
        expect(page.get_by_text("Taken away: Read contacts and segments.")).to_be_visible()
        assert status(town, token) == 403
        page.get_by_label("Access ends").select_option("date")
        page.get_by_label("Last day").fill("2001-01-01")
        page.locator("form", has=page.get_by_label("Last day")).get_by_role("button", name="Save").click()
        expect(page.locator("#ends-error")).to_be_visible()
        page.locator("summary", has_text="Disconnect").click()
        eye.look("connected-app-disconnect", DESKTOP, PHONE)
        page.get_by_role("button", name="Disconnect Stripo").click()
        expect(page.get_by_text("Stripo is disconnected")).to_be_visible()
        assert status(town, token) == 401


def test_an_api_key_is_made_used_rotated_switched_off_and_revoked(town: Town, chromium: Browser) -> None:
    with signed_in(chromium, town, town.site.owner().new_browser_signed_in()) as eye:
        page = eye.page
        eye.open(f"{town.site.url}/settings/api-keys")
        page.get_by_role("link", name="Create key").click()
        page.get_by_role("button", name="Create key").click()
        expect(page.locator("#label-error")).to_have_text("Say what the key is for.")
        page.get_by_label("Label").fill("Nightly export")
        page.get_by_role("checkbox", name="Read contacts").check()
        page.get_by_role("button", name="Create key").click()
        first = key_on(page)
        eye.look("api-key-made", DESKTOP, PHONE)
        assert status(town, first) == 200
        page.get_by_role("link", name="I have copied it").click()
        assert first not in page.content()
        page.locator("summary", has_text="Rotate").click()
        eye.look("api-keys-rotating", PHONE, DESKTOP)
        page.get_by_label("The old key stops working").select_option("0")
        page.get_by_role("button", name="Make the new key").click()
        second = key_on(page)
        assert (status(town, first), status(town, second)) == (401, 200)
        page.get_by_role("link", name="I have copied it").click()
        for button, said, expected in (("Switch off", "is switched off", 401), ("Switch on", "works again", 200)):
            page.get_by_role("button", name=button).click()
            expect(page.locator(".alert")).to_contain_text(said)
            assert status(town, second) == expected
        page.locator("summary", has_text="Revoke").click()
        eye.look("api-keys-revoking", DESKTOP, PHONE)
        page.get_by_role("button", name="Revoke for good").click()
        expect(page.locator(".alert")).to_contain_text("is revoked")
        assert status(town, second) == 401


def key_on(page: Page) -> str:
    field = page.get_by_label("API key")
    expect(field).to_have_value(re.compile(r"^yk_live_\w+$"))
    return field.input_value()


def test_a_member_is_invited_promoted_and_removed(town: Town, chromium: Browser) -> None:
    owner, email = town.site.owner().new_browser_signed_in(), f"{unique('guest')}@harbour.example"
    with signed_in(chromium, town, owner) as eye, looking(chromium) as other:
        page, guest = eye.page, other.page
        eye.open(f"{town.site.url}/settings/members/invite")
        page.get_by_label("Email").fill(email)
        page.get_by_role("button", name="Invite").click()
        link = page.get_by_label("Invitation link").input_value()
        eye.look("invitation-made", DESKTOP, PHONE)
        other.open(link)
        guest.get_by_label("Password").fill(PASSWORD)
        guest.get_by_role("button", name="Make the account and join").click()
        expect(guest.get_by_text(f"You are a member of {owner.organization} now.")).to_be_visible()
        expect(guest.get_by_role("link", name="Security log")).to_have_count(0)
        page.get_by_role("link", name="Done").click()
        page.locator("li", has_text=email).locator("summary", has_text="Change role").click()
        eye.look("members-changing-a-role", PHONE, DESKTOP)
        page.get_by_role("radio", name="Admin").check()
        page.get_by_role("button", name="Change role").click()
        expect(page.locator("li", has_text=email)).to_contain_text("Admin since")
        guest.reload()
        expect(guest.get_by_role("link", name="Security log")).not_to_have_count(0)
        page.locator("li", has_text=email).locator("summary", has_text="Remove").click()
        eye.look("members-removing", DESKTOP, PHONE)
        page.get_by_role("button", name="Remove").click()
        expect(page.locator("main")).not_to_contain_text("Admin since")
        guest.reload()
        expect(guest.get_by_role("heading", name="You are in no organization")).to_be_visible()
        other.look("nowhere-a-member", DESKTOP, PHONE)


def test_an_account_is_made_and_changes_its_password(town: Town, chromium: Browser, letterbox: Letterbox) -> None:
    email = f"{unique('new')}@harbour.example"
    with looking(chromium) as eye, looking(chromium, PHONE) as other:
        page = eye.page
        eye.open(f"{town.site.url}/login")
        page.get_by_role("link", name="Make one").click()
        page.get_by_label("Email").fill(email)
        page.get_by_role("button", name="Send me the link").click()
        expect(page.locator("main")).to_contain_text(email)
        eye.look("sign-up-sent", DESKTOP, PHONE)
        eye.open(link_in(letterbox.only()))
        page.get_by_label("Organization").fill("Tea and Clouds")
        page.get_by_label("Password").fill("short")
        page.get_by_role("button", name="Make the account").click()
        expect(page.locator("#password-error")).to_contain_text("10")
        eye.look("sign-up-refused", PHONE, DESKTOP)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Make the account").click()
        expect(page.get_by_text("Your account is made")).to_be_visible()
        enter(other, town, email, PASSWORD)
        eye.open(f"{town.site.url}/settings/account")
        expect(page.locator(".person")).to_have_count(2)
        page.get_by_label("Present password").fill("not this one")
        page.get_by_label("New password").fill(BETTER)
        page.get_by_role("button", name="Change password").click()
        expect(page.locator("#present-error")).to_have_text("This is not your present password.")
        eye.look("account-refused", DESKTOP, PHONE)
        page.get_by_label("Present password").fill(PASSWORD)
        page.get_by_label("New password").fill(BETTER)
        page.get_by_role("button", name="Change password").click()
        expect(page.get_by_text("Your password is changed. Other browsers are signed out.")).to_be_visible()
        expect_signed_out(other)
        enter(other, town, email, BETTER)
        page.get_by_role("button", name="Sign out everywhere").click()
        expect(page.get_by_text("You are signed out everywhere.")).to_be_visible()
        expect_signed_out(other)


def enter(eye: Eye, town: Town, email: str, password: str) -> None:
    eye.open(f"{town.site.url}/login")
    sign_in(eye.page, email, password)
    expect(eye.page.get_by_role("heading", name="Connected apps")).to_be_visible()


def expect_signed_out(eye: Eye) -> None:
    eye.page.reload()
    expect(eye.page.get_by_role("button", name="Sign in")).to_be_visible()


def test_two_step_sign_in_is_set_up_and_used(town: Town, chromium: Browser) -> None:
    person: Owner = town.site.owner().new_browser_signed_in()
    with signed_in(chromium, town, person) as eye, looking(chromium, PHONE) as other:
        page = eye.page
        eye.open(f"{town.site.url}/settings/account")
        page.get_by_role("link", name="Turn on").click()
        page.get_by_label("Present password").fill(person.password)
        page.get_by_role("button", name="Go on").click()
        phone = pyotp.TOTP(page.locator("code.key").inner_text().replace(" ", ""))
        eye.look("second-step-setup", DESKTOP, PHONE)
        page.get_by_label("Code").fill("000000")
        page.get_by_role("button", name="Turn on").click()
        expect(page.locator("#code-error")).to_contain_text("This code is wrong")
        page.get_by_label("Code").fill(phone.at(now()))
        page.get_by_role("button", name="Turn on").click()
        codes = page.get_by_label("Recovery codes").input_value().split()
        eye.look("recovery-codes", PHONE, DESKTOP)
        page.get_by_role("link", name="I have kept them").click()
        page.get_by_role("link", name="Change", exact=True).click()
        eye.look("second-step-change", DESKTOP, PHONE)
        for code in (phone.at(now() + 30), codes[0]):
            other.open(f"{town.site.url}/login")
            sign_in(other.page, person.email, person.password)
            expect(other.page.get_by_role("heading", name="Enter the code")).to_be_visible()
            other.page.get_by_label("Code").fill(code)
            other.page.get_by_role("button", name="Sign in").click()
            expect(other.page.get_by_role("heading", name="Connected apps")).to_be_visible()
            other.page.context.clear_cookies()


def now() -> int:
    return int(clock.now().timestamp())
