"""One organization with something of everything that its pages show, its people signed in, and a stranger beside it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from app.database import Base
from app.extensions import db
from app.models import (
    AccountLetter,
    ApiKey,
    Connection,
    Invitation,
    LoginSession,
    Membership,
    OutboxLetter,
    Role,
    User,
)
from app.services import clients, logos

from ..api.importing import ImportingShop, person
from ..api.mailing import MailShop
from ..support.owner import Owner
from ..support.pictures import picture
from ..support.sites import Site
from ..support.visitors import Visitor

# In Ukrainian, so that what stands on its Ukrainian pages in English catches the eye.
NAME, OTHER = "Кав’ярня «Гавань»", "Деінде"
# What a module-scoped site needs to be walked through.
SETTINGS = {f"rate_limit_{name}": "100000/minute" for name in ("general", "import", "send", "login", "token", "mail")}


class FullHouse:
    """:ivar admin: of the organization too, as is ``member``, who only looks on. :ivar stranger: owner of another one."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.owner = site.owner(organization=NAME).new_browser_signed_in()
        self.name = self.owner.organization
        self.admin = site.member(self.name, role=Role.ADMIN).new_browser_signed_in()
        self.member = site.member(self.name).new_browser_signed_in()
        self.stranger = site.owner(organization=OTHER).new_browser_signed_in()
        site.partner_app(organization=OTHER, name="Їхній").connect(self.stranger)
        site.api_key(OTHER)
        self._fill()

    def _fill(self) -> None:
        site = self.site
        self.app = site.partner_app(organization=self.name, name="Зерно")
        with site.rules():
            client = clients.get(self.app.client_id)
            clients.add_secret(client)
            logos.keep(client, logos.read(picture()))
        for person_ in (self.owner, self.admin):
            tokens = self.app.connect(person_)
            assert self.app.version(tokens).status == 200
        self.app.exchange("nonsense")
        self.app.ask({"grant_type": "refresh_token"}, secret="uaa_cs_wrong")
        for wrong in ({"scope": "nonsense"}, {"redirect_uri": "https://partner.example/other"}, {"prompt": "none login"}):
            self.owner.get(self.app.authorize_link(**wrong))
        site.partner_app(organization=OTHER, name="Колишній").connect(self.owner)
        self.owner.disconnect("Колишній")
        leaving = site.member(self.name, role=Role.ADMIN)
        site.partner_app(organization=OTHER, name="Покинутий").connect(leaving)
        for label in ("Нічний експорт", "Каса"):
            site.api_key(self.name, label=label)
        invite = self.owner.get("/settings/members/invite").form().fill(email="new@example.org", role="admin")
        assert self.owner.submit(invite).status == 200
        self._send_and_import()
        # What was counted is written down now, and not while somebody looks whether anything has changed.
        site.app.extensions["tally_writer"].close()
        with site.rules():
            db.session.query(Membership).filter_by(user_id=_user(leaving).id).delete()

    def _send_and_import(self) -> None:
        shop = MailShop(self.site, organization=self.name)
        shop.mail("ann@example.org", subject="Ваше замовлення", htmlText="<p>Дякуємо</p>")
        shop.text("380501234567", text="Ваш код: 4821")
        importing = ImportingShop(self.site, organization=self.name)
        deleted = importing.save(("email", "bob@example.org"))
        importing.send("DELETE", f"/v1/contact/{deleted}")
        importing.request(person(("email", "bob@example.org")), person(("email", "ann@example.org")))
        shop.work()
        importing.accept(person(("email", "eve@example.org")))

    def examples(self) -> dict[str, Any]:
        """What of the organization stands for an argument of an address, by the argument's name."""
        place = {"organization_id": self.owner.organization_id}
        with self.site.rules():
            paused = db.session.query(Connection).filter_by(**place, ended_at=None).order_by(Connection.id.desc()).first()
            member = _user(self.member)
            return {
                "client_id": self.app.client_id,
                "connection_id": _one(paused),
                "key_id": _one(db.session.query(ApiKey).filter_by(**place).first()),
                "user_id": member.id,
                "invitation_id": _one(db.session.query(Invitation).filter_by(**place).first()),
                "letter_id": _one(db.session.query(OutboxLetter).filter_by(**place).first()),
                "account_letter_id": _one(db.session.query(AccountLetter).filter_by(**place).first()),
                "session_id": _one(db.session.query(LoginSession).filter_by(user_id=_user(self.owner).id).first()),
                "scope": "read:contacts",
            }

    def owner_id(self) -> int:
        """The number of the person who owns the organization."""
        return _user(self.owner).id

    def stored(self) -> dict[str, list[Any]]:
        """All that the database holds."""
        with self.site.app.app_context():
            tables = Base.metadata.sorted_tables
            return {table.name: sorted(map(repr, db.session.execute(select(table)))) for table in tables}


def token_of(browser: Visitor) -> str:
    """The CSRF token of the forms in ``browser``, whoever is signed in there."""
    field = browser.send("GET", "/a-short-page-that-is-not-there").page.select_one("input[name=csrf_token]")
    assert field is not None
    return str(field["value"])


def different(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> Iterable[str]:
    """The tables in which something changed."""
    return [name for name in before if before[name] != after[name]]


def _user(person_: Owner) -> User:
    return db.session.scalars(select(User).where(User.email == person_.email)).one()


def _one(row: Any) -> int:
    assert row is not None
    return int(row.id)
