"""Nothing on a page read in Ukrainian is in English: every page, what every form says when it is sent, well or badly, and
what people are told by letter. New sentences that are in no catalogue fail here, wherever they come from."""

import json
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from bs4 import BeautifulSoup

from app import database
from app.clock import now
from app.extensions import db
from app.languages import UKRAINIAN
from app.models import AccountLetter, LetterKind
from app.services import account_letters

from ..support.answers import Answer, Form
from ..support.partner_app import AUTHORIZE
from ..support.pictures import bomb, picture
from ..support.visitors import Visitor
from .full_house import token_of
from .routes import MANAGERS, House

# Names, and terms that stay as they are in every language (see the head of the Ukrainian catalogue).
NAMES = """
    UAA API OAuth PKCE JSON JPG GIF PNG CSV SMS Viber UTC TLS ASCII RFC OpenAPI JavaScript Basic curl Python Node PHP Go
    Client client ID Secret Callback URL http https push id code Example Shop test
"""
LATIN = frozenset(NAMES.split())
NOT_READ = "script, style, code, pre, textarea, svg, [lang=en]"
SPOKEN = ("aria-label", "placeholder", "alt", "title")
# Addresses, secrets, names of headers, identifiers of programs, and what was typed or sent, in quotes.
IDENTIFIER = re.compile(
    r"\S+://\S+|\S+@\S+|\b(?:uaa|yk)_\w+|\b[0-9a-f]{8,}\b|[A-Z][a-z]+(?:-[A-Z][a-z]+)+\S*|[\w-]+(?:\.[\w-]+)+"
    r"|\b\w+(?:[_:=]+\w+)+|\b[A-Za-z]+[a-z][A-Z]\w*|\bzz+|\{\w+\}|'\S+'|«\w+»"
)
# Of the API reference, whose methods are all shown alike, one is enough: the page takes long to read.
SECOND_AND_LATER_METHODS = re.compile(r'(<article class="card method".*?</article>).*</article>', re.DOTALL)
WORD = re.compile(r"[A-Za-z]{2,}")


def english(page: BeautifulSoup) -> list[str]:
    """Where on the page there are words in Latin letters that are no names; takes away what isn't read."""
    # First what is Ukrainian within what isn't.
    within = [BeautifulSoup(str(tag), "html.parser") for tag in page.select(f"[lang=en] [lang={UKRAINIAN}]")]
    for tag in page.select(NOT_READ):
        tag.extract()
    said = [page.get_text(" "), *_attributes(page)]
    for part in within:
        for tag in part.select(NOT_READ):
            tag.extract()
        said += [part.get_text(" "), *_attributes(part)]
    return [" ".join(text[max(0, at - 30) : at + 60].split()) for text in said for at in _foreign(text)]


def _attributes(page: BeautifulSoup) -> Iterator[str]:
    for tag in page.find_all(True):
        if tag.name != "time":
            yield from (str(value) for name, value in tag.attrs.items() if name in SPOKEN)
            # What scripts say.
            for value in (str(value) for name, value in tag.attrs.items() if name.startswith("data-") and " " in str(value)):
                yield from json.loads(value).values() if value.startswith('{"') else [value]


def _foreign(text: str) -> list[int]:
    kept = IDENTIFIER.sub(lambda found: " " * len(found[0]), text)
    return [found.start() for found in WORD.finditer(kept) if found[0] not in LATIN][:1]


APP, ACCOUNT = "/settings/partner-apps/{client_id}", "/settings/account"
WRONG_URLS = (
    "", "nowhere", "https://a b.example/", "https://a.example/#b", "https://*.example/", "http://a.example/", "ftp://a.example/",
    "https:///path", "https://ann@a.example/", "https://a.example/" + "x" * 2000,
)  # fmt: skip
# What is wrong with a form that is filled in: its address, and what is sent.
MISTAKES: list[tuple[str, dict[str, Any]]] = [
    (APP, {"name": "x" * 100, "callback_url": [*WRONG_URLS], "scope": ["nonsense"]}),
    (APP, {"name": "Зерно", "callback_url": [f"https://a.example/{n}" for n in range(30)], "scope": []}),
    (APP, {"name": "Зерно", "scope": ["UseEvents"], "access_token_ttl": "1", "refresh_token_ttl": "99999999999"}),
    (APP, {"name": "Зерно", "scope": ["UseEvents"], "access_token_ttl": "soon"}),
    ("/settings/partner-apps/new", {"name": "", "callback_url": ["com.example:/cb"], "scope": ["UseEvents"]}),
    (f"{APP}/authorization-form", {"shown_name": "x" * 100}),
    *(
        (f"{APP}/authorization-form", {"logo": data})
        for data in (
            b"",
            b"no picture",
            bomb(),
            picture(size=(5000, 5)),
            picture()[:-80],
        )
    ),
    (f"{APP}/secrets", {}),
    (f"{APP}/secrets/retire", {"hint": "nonsense"}),
    (f"{APP}/transfer", {"organization": "{organization_id}"}),
    (f"{APP}/transfer", {"organization": "0"}),
    (f"{APP}/delete", {"name": "Жито"}),
    ("/settings/api-keys/new", {"label": "x" * 90, "scope": "UseEvents"}),
    ("/settings/api-keys/new", {"label": "Каса"}),
    ("/settings/members/{owner_id}/role", {"role": "member"}),
    ("/settings/members/{owner_id}/remove", {}),
    ("/settings/members/invite", {"email": "nobody", "role": "member"}),
    ("/settings/members/invite", {"email": "{member_email}", "role": "member"}),
    ("/settings/connected-apps/{connection_id}/rights", {}),
    ("/settings/connected-apps/{connection_id}/end-date", {"ends": "date", "ends_on": "2020-01-01"}),
    ("/settings/connected-apps/{connection_id}/end-date", {"ends": "on", "ends_on": "soon"}),
    ("/settings/connected-apps/{connection_id}/take-over", {}),
    (ACCOUNT, {"present": "wrong", "password": "long enough a password"}),
    (ACCOUNT, {"present": "{password}", "password": "short"}),
    (ACCOUNT, {"present": "{password}", "password": "{password}"}),
    (f"{ACCOUNT}/email", {"email": "nobody", "present": "{password}"}),
    (f"{ACCOUNT}/email", {"email": "new@example.org", "present": "wrong"}),
    (f"{ACCOUNT}/email", {"email": "new@example.org", "present": "{password}"}),
    (f"{ACCOUNT}/second-step", {"present": "wrong"}),
    (f"{ACCOUNT}/second-step", {"present": "{password}"}),
    (f"{ACCOUNT}/second-step/off", {"present": "wrong", "code": "1"}),
    ("{consent}", {"decision": "allow"}),
    ("{consent}", {"decision": "allow", "scope": "UseRestApi", "organization": "0"}),
    ("{consent}", {"decision": "allow", "scope": "UseRestApi", "ends": "date", "ends_on": "2020-01-01"}),
    ("{consent}", {"decision": "allow", "scope": "UseRestApi", "shown": "something else"}),
    ("/docs/sign-in", {}),
]
# Of a visitor.
STRANGE = [
    ("/login", {"email": "nobody@example.org", "password": "wrong"}),
    ("/signup", {"email": "nobody"}),
    ("/signup", {"email": "new@example.org"}),
    ("/password/forgot", {"email": "nobody"}),
    ("/password/forgot", {"email": "new@example.org"}),
]
# Links that lead nowhere good.
LINKS = [
    "{authorize}?client_id=nobody", "{authorize}?client_id={client_id}&redirect_uri=https://partner.example/other",
    "{authorize}?client_id={client_id}&redirect_uri=a&redirect_uri=b",
    *(f"{{authorize}}?client_id=https://{rest}" for rest in (
        "", "a b", "a.example", "u@a.example/x", "a.example/x?y", "a.example/x%23", "a.example/../x",
        f"a.example/{'x' * 3000}", "127.0.0.1/app.json", "localhost:99999/app.json", "app.invalid/app.json",
    )),
    "/invitation?key=nothing", "/account/email?key=nothing", "/password/reset?key=nothing", "/signup/finish?key=nothing",
    "/confirm/nothing", "/unsubscribe/nothing", "/view/nothing", "/letter/nothing", "/l/nothing", "/nothing", "/login/code",
]  # fmt: skip


class Reader:
    """A person who reads Ukrainian; what is sent is not kept.

    :ivar found: what stood on pages in English, and on which.
    """

    def __init__(self, browser: Visitor) -> None:
        self.browser = browser
        self.browser.set_cookie("language", UKRAINIAN)
        self.token = token_of(browser)
        self.session = self.browser.cookies["session"]
        self.found: dict[str, str] = {}
        self._seen: set[tuple[str, str]] = set()

    def send(self, method: str, address: str, hint: str = "", **request: Any) -> list[Form]:
        """Send a request and look at the page that comes of it; its forms."""
        answer = self.browser.send(method, address, **request)
        forms = self._look(answer, f"{hint or address} ({answer.status})")
        if answer.status in (302, 303) and answer.location.startswith("/"):
            self._look(self.browser.send("GET", answer.location), f"after {method} {hint or address}")
        # Whatever was sent: nobody is signed out.
        self.browser.set_cookie("session", self.session)
        return forms

    def _look(self, answer: Answer, hint: str) -> list[Form]:
        if not answer.headers["Content-Type"].startswith("text/html"):
            return []
        page = BeautifulSoup(SECOND_AND_LATER_METHODS.sub(r"\1", answer.text), "html.parser")
        forms = [Form(tag, answer.address) for tag in page.select("main form")]
        self.found |= dict.fromkeys(english(page), hint)
        return forms

    def try_out(self, form: Form) -> None:
        """Send a form empty, and filled with what is nothing, unless it was one like it before."""
        method = str(form.tag.get("method") or "get").upper()
        alike = method, re.sub(r"\d+|[0-9a-f]{32}", "", form.action)
        if alike in self._seen:
            return
        self._seen.add(alike)
        for junk in ("", "zz" * 1500):
            fields = [(name, value if name == "csrf_token" else junk) for name, value in form.fields]
            self.send(method, form.action, **({"params": fields} if method == "GET" else {"data": fields}))


@pytest.fixture
def reader(house: House, monkeypatch: pytest.MonkeyPatch) -> Reader:
    monkeypatch.setattr(database, "_commit", lambda: db.session.flush())
    settings = house.site.app.config["SETTINGS"]
    mailing = settings.model_copy(
        update={"sign_up": True, "client_id_metadata_documents": True, "smtp_url": "smtp://127.0.0.1:9"}
    )
    monkeypatch.setitem(house.site.app.config, "SETTINGS", mailing)
    return Reader(house.owner.browser)


@pytest.fixture(autouse=True)
def in_english_again(house: House) -> Iterator[None]:
    yield
    for person in (house.owner, house.member):
        person.browser.set_cookie("language", "en")


@pytest.fixture
def values(house: House) -> dict[str, Any]:
    with house.site.rules():
        owner_id = house.owner_id()
    return house.found | {
        "owner_id": owner_id, "organization_id": house.owner.organization_id, "member_email": house.member.email,
        "password": house.owner.password, "authorize": AUTHORIZE, "consent": house.app.authorize_link(prompt="consent"),
    }  # fmt: skip


def test_what_is_said_of_each_mistake(house: House, reader: Reader, values: dict[str, Any]) -> None:
    visitor = Reader(house.site.visitor())
    for person, mistakes in ((reader, MISTAKES), (visitor, STRANGE)):
        for address, fields in mistakes:
            filled = {name: _filled(value, values) for name, value in fields.items()}
            person.send("POST", address.format(**values), data=filled | {"csrf_token": person.token})
    for link in LINKS:
        for person in (reader, visitor):
            person.send("GET", link.format(**values))
    assert not reader.found | visitor.found


def _filled(value: Any, values: dict[str, Any]) -> Any:
    if isinstance(value, bytes):
        return BytesIO(value), "logo.png"
    return value.format(**values) if isinstance(value, str) else value


def test_every_page_and_every_form_that_is_sent(house: House, reader: Reader) -> None:
    for route in house.routes:
        if route.verb == "GET":
            for form in reader.send("GET", house.address(route), str(route)):
                reader.try_out(form)
        else:
            fields = house.fields(route) | {"csrf_token": reader.token}
            reader.send(route.verb, house.address(route), str(route), data=fields)
    assert not reader.found


def test_every_page_for_who_only_looks_on_or_is_nobody(house: House, reader: Reader) -> None:
    readers = reader, Reader(house.member.browser), Reader(house.site.visitor())
    for route in house.routes:
        # What is refused is refused in one way: one such page is enough.
        if route.verb == "GET" and (route.whose != MANAGERS or route.endpoint == "pages.security_log"):
            for person in readers[1:]:
                person.send("GET", house.address(route), str(route))
    assert not [person.found for person in readers if person.found]


def test_every_letter(house: House, values: dict[str, Any]) -> None:
    facts = {
        "app": "Зерно", "developer": "Деінде", "organization": house.name, "by": "The command line", "label": "Каса",
        "prefix": "yk_live_1", "scope": "UseRestApi", "gained": "write:events", "connection_id": 1, "old": "a@b.example",
        "new": "c@d.example",
    }  # fmt: skip
    said = ""
    with house.site.app.test_request_context():
        for kind in LetterKind:
            row = AccountLetter(
                kind=kind, email=house.owner.email, facts=facts, created_at=now(), invitation_id=values["invitation_id"]
            )
            text = account_letters.write(row, house.site.app.config["SETTINGS"], language=UKRAINIAN)
            assert text is not None, kind
            said += "\n".join((text.subject, *text.lines, ""))
        db.session.rollback()
    assert not english(BeautifulSoup(said, "html.parser"))
