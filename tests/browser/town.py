"""A lively organization, as its pages show it after a year; beside it a new one, where nothing has happened yet."""

from datetime import datetime, time, timedelta
from io import BytesIO
from typing import Any

import pyotp
from PIL import Image, ImageDraw
from sqlalchemy import select

from app import clock
from app.extensions import db
from app.models import (
    AccountLetter,
    ClientEvent,
    Connection,
    CredentialKind,
    Delivery,
    LetterKind,
    Membership,
    OutboxLetter,
    Role,
    ShortLink,
    TicketKind,
    User,
)  # fmt: skip
from app.services import (
    api_keys,
    clients,
    confirmations,
    connections,
    import_steps,
    invitations,
    logos,
    organizations,
    second_factor,
    tickets,
    usage,
)  # fmt: skip
from app.services.passwords import Tries
from app.services.public_links import PublicLinks
from app.services.usage import Sheet
from app.settings import Settings

from ..api.importing import ImportingShop, person
from ..api.mailing import MailShop
from ..support.owner import Owner
from ..support.sites import Site

LONG_NAME = "A CRM with a rather long name that has to break somewhere"
CAUSES = {"invalid_grant": "The code was used before.", "invalid_scope": "UseRestApi is not registered."}
KEYS = {
    "Old till": "read:contacts", "Warehouse": "write:events", "Nightly export": "read:contacts",
    "Everything, for the migration": "write:contacts read:contacts read:activity write:events send:messages",
}  # fmt: skip
LETTER = (
    "<html><body style='font-family:sans-serif;background:#f6f1ea;padding:24px'><h1>Spring is here</h1>"
    "<p>Fresh beans from <a href='https://harbour.example/beans'>the harbour</a>, roasted this morning.</p></body></html>"
)


class Town:
    """:ivar owner: of the lively organization; ``member`` only looks on, ``newcomer`` owns one where nothing has happened,
    ``careful`` signs in in two steps. :ivar app: their best app."""

    def __init__(self, site: Site) -> None:
        self.site, self.settings = site, _settings(site)
        owner = site.owner(email="olena.kovalenko@harbour.example", organization="Harbour Coffee")
        self.owner = owner.new_browser_signed_in()
        self.name = self.owner.organization
        site.join(self.owner, "Lviv Books", Role.ADMIN)
        site.member(self.name, role=Role.ADMIN)
        self.member = site.member(self.name).new_browser_signed_in()
        self.newcomer = site.owner(email="newcomer@quiet.example", organization="Quiet Corner").new_browser_signed_in()
        self.careful = site.owner(email="careful@harbour.example")
        with self.site.rules():
            invitations.invite("taras@harbour.example", Role.ADMIN, by=self._place(), keys=self.settings.keys)
        self._register_apps()
        self._connect_apps()
        self._make_keys()
        self._send_and_import()
        self.phone = self._set_up_phone()

    def _register_apps(self) -> None:
        site = self.site
        for name in ("Stock counter", "Loyalty cards for the harbour quarter and its market halls"):
            site.partner_app(organization=self.name, name=name, scope="read:contacts")
        till = ["com.example.till:/callback"]
        self.till = site.partner_app(organization=self.name, name="Till on the phone", public=True, callback_urls=till)
        site.suspend(site.partner_app(organization=self.name, name="Old newsletter"))
        self.draft = site.partner_app(organization=self.name, name="Draft", callback_urls=())
        self.app = site.partner_app(
            organization=self.name, name="Beans by post", scope="UseEventsAndContacts UseMessages",
            callback_urls=("https://beans.example/callback", "http://127.0.0.1:8081/callback"),
        )  # fmt: skip
        with site.rules():
            client = clients.get(self.app.client_id)
            clients.add_secret(client)
            logos.keep(client, logos.read(_logo()))
            self.logo_digest = str(client.logo_digest)
            for day in reversed(range(30)):
                self._live_a_day(client.id, client.secrets[0].id, day)

    def _live_a_day(self, client: int, secret: int, day: int) -> None:
        at = datetime.combine(clock.now().date() - timedelta(days=day), time(9, 30), tzinfo=clock.now().tzinfo)
        busy = 40 + day * 37 % 61
        app, used = CredentialKind.CLIENT, {}
        for group, share in ((0, 0.1), (1, 0.2), (2, 0.9), (4, 0.4), (5, 1.0), (6, 0.3 if day % 7 else 0)):
            if share:
                used[Sheet(app, at.date(), group)] = {client: (int(busy * share), at)}
        used[Sheet(CredentialKind.CLIENT_SECRET, at.date(), 0)] = {secret: (busy, at)}
        usage.record(used)
        detail = {"redirect_uri": "https://beans.example/callback", "grant_type": "authorization_code"}
        for error, cause in list(CAUSES.items())[: day % 3]:
            db.session.add(ClientEvent(client_id=client, at=at, endpoint="token", error=error, cause=cause, detail=detail))

    def _connect_apps(self) -> None:
        site = self.site
        self.stripo = site.partner_app(name="Stripo Email Editor", organization="Stripo Inc")
        tokens = self.stripo.connect(self.owner)
        self.stripo.version(tokens)
        self.stripo.call(tokens, "GET", "/api/v1/contacts")
        site.partner_app(name=LONG_NAME, scope="UseEvents").connect(self.owner)
        self.app.connect(self.owner)
        leaving = site.member(self.name, role=Role.ADMIN)
        site.partner_app(name="Left behind", scope="UseMessages").connect(leaving)
        site.app.extensions["tally_writer"].write()
        with site.rules():
            live = connections.list_live(self._place().organization)
            self.connection = next(one.id for one in live if one.client.name == "Stripo Email Editor")
            self.paused = next(one.id for one in live if one.client.name == "Left behind")
            self._live_with(db.session.get_one(Connection, self.connection))
            db.session.delete(db.session.scalars(select(Membership).join(User).where(User.email == leaving.email)).one())

    def _live_with(self, connection: Connection) -> None:
        connection.ends_at = clock.now() + timedelta(days=90)
        today = clock.now().date()
        for group, calls in ((1, 12), (2, 1940), (3, 310), (5, 12_204)):
            usage.record({Sheet(CredentialKind.CONNECTION, today, group): {connection.id: (calls, clock.now())}})

    def _make_keys(self) -> None:
        with self.site.rules():
            place = self._place()
            old, warehouse, _, off = (
                api_keys.create(place.organization, author=place.user, label=label, scope=scope).record
                for label, scope in KEYS.items()
            )
            api_keys.revoke(old)
            api_keys.rotate(warehouse, author=place.user, overlap=timedelta(days=1))
            api_keys.set_enabled(off, False)

    def _send_and_import(self) -> None:
        shop = MailShop(self.site, organization=self.name)
        self.contact = shop.save(("email", "ann@example.org"), firstName="Ann")
        shop.mail("ann@example.org", subject="Spring is here", htmlText=LETTER)
        parcel = shop.stored(body="Your parcel is on its way: https://harbour.example/parcels/4711", tracks_links=True)
        shop.smart(parcel, {"locator": "380501234567"})
        self.message = shop.email(subject="Spring is here", htmlText=LETTER)
        importing = ImportingShop(self.site, organization=self.name)
        importing.send("DELETE", f"/v1/contact/{importing.save(('email', 'bob@example.org'))}")
        importing.request(*[person(("email", "bob@example.org"))] * 4, person(("email", "eve@example.org")))
        shop.work()
        importing.accept(*(person(("email", f"guest{number}@example.org")) for number in range(1500)))
        with self.site.rules():
            import_steps.carry_on()
        with self.site.rules():
            kept, delivery = db.session.execute(
                select(OutboxLetter, Delivery).join(Delivery).order_by(OutboxLetter.id).limit(1)
            ).one()  # fmt: skip
            self.letter, self.interaction = kept.id, str(delivery.interaction_id)
            token = db.session.scalars(select(ShortLink.token).join(Delivery).order_by(ShortLink.id)).first()
            self.short_link = f"/l/{token}"
            letters = select(AccountLetter.id).where(AccountLetter.organization_id == self.owner.organization_id)
            self.account_letter = db.session.scalars(letters.where(AccountLetter.kind == LetterKind.APP_CONNECTED)).first()

    def _set_up_phone(self) -> pyotp.TOTP:
        """The authenticator app of the careful person."""
        tries = Tries(self.site.app.extensions["counters"], self.settings.rate_limit_login)
        with self.site.rules():
            user = db.session.scalars(select(User).where(User.email == self.careful.email)).one()
            phone = pyotp.TOTP(second_factor.begin(user, self.settings.keys).secret)
            # The code of a minute ago's step is used up by this; the present one is not.
            second_factor.confirm(user, phone.at(int(clock.now().timestamp()) - 30), self.settings.keys, tries)
        return phone

    def _place(self) -> Membership:
        user = db.session.scalars(select(User).where(User.email == self.owner.email)).one()
        return organizations.get_membership(user, self.owner.organization_id)

    def ticket(self, kind: TicketKind, email: str) -> str:
        """The secret of a link in a letter to ``email``."""
        with self.site.rules():
            user = db.session.scalar(select(User.id).where(User.email == email))
            return tickets.issue(kind, email=email, user_id=user, keys=self.settings.keys).plain

    def invitation(self, email: str) -> str:
        with self.site.rules():
            return invitations.invite(email, Role.MEMBER, by=self._place(), keys=self.settings.keys).plain

    def public_link(self, name: str) -> str:
        """A path behind a link in messages."""
        links, issuer = PublicLinks(self.settings), self.settings.issuer
        made = {
            "view": lambda: links.view_message(self.message), "letter": lambda: links.view_letter(self.interaction),
            "unsubscribe": lambda: links.unsubscribe(self.interaction), "opened": lambda: links.opened(self.interaction),
            "clicked": lambda: links.clicked(self.interaction, issuer),
            "confirm": lambda: confirmations.link(self.settings.keys, issuer, self.contact, "ann@example.org"),
        }  # fmt: skip
        return made[name]().removeprefix(issuer)

    def cookies_of(self, someone: Owner) -> list[dict[str, Any]]:
        """For a browser in which ``someone`` is signed in, or as far as that."""
        return [{"name": name, "value": value, "url": self.site.url} for name, value in someone.browser.cookies.items()]


def _settings(site: Site) -> Settings:
    settings: Settings = site.app.config["SETTINGS"]
    return settings


def _logo() -> bytes:
    image = Image.new("RGB", (400, 300), "#7a4a21")
    ImageDraw.Draw(image).ellipse((110, 60, 290, 240), fill="#e9c46a")
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
