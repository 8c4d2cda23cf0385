"""The outbox: messages that no outside channel carries away, as their recipients would have got them."""

from flask import Response, current_app, render_template, request, url_for
from flask_babel import get_locale
from flask_login import login_required

from ..middleware import allow_framing_here, contain_foreign_html
from ..models import AccountLetter, ChannelType, DeliveryStatus
from ..services import account_letters, account_mail, web_views
from ..services import outbox as rules
from ..services.account_letters import Text
from ..services.public_links import PublicLinks
from ..words import N_
from .access import managing_membership
from .blueprint import pages

PAGE = 50

CHANNELS = {
    ChannelType.EMAIL: N_("Email"), ChannelType.SMS: "SMS", ChannelType.VIBER: "Viber",
    ChannelType.MOBILEPUSH: N_("Mobile push"), ChannelType.WEBPUSH: N_("Web push"),
    ChannelType.APPINBOX: N_("App inbox"), ChannelType.WIDGET: N_("Widget"), ChannelType.INAPP: N_("In the app"),
    ChannelType.TELEGRAMBOT: "Telegram",
}  # fmt: skip
STATUSES = {
    DeliveryStatus.IN_QUEUE: N_("waiting"), DeliveryStatus.PENDING: N_("on its way"), DeliveryStatus.SENT: N_("sent"),
    DeliveryStatus.DELIVERED: N_("delivered"), DeliveryStatus.READ: N_("read"), DeliveryStatus.CLICKED: N_("link followed"),
    DeliveryStatus.UNDELIVERED: N_("not delivered"), DeliveryStatus.BLACKLISTED: N_("recipient blocked"),
    DeliveryStatus.NOT_CONFIRMED: N_("address not confirmed"), DeliveryStatus.UNSUBSCRIBED: N_("recipient unsubscribed"),
    DeliveryStatus.SPAM: N_("called spam"), DeliveryStatus.NO_MONEY: N_("not enough money"),
    DeliveryStatus.ERROR: N_("failed"), DeliveryStatus.SMS_UNDELIVERED_STATE: N_("not delivered"),
    DeliveryStatus.EXPIRED: N_("expired"), DeliveryStatus.VIBER_UNKNOWN_USER: N_("not known to Viber"),
    DeliveryStatus.VIBER_UNDELIVERED_STATE: N_("not delivered"), DeliveryStatus.VIBER_EXPIRED_STATE: N_("expired"),
    DeliveryStatus.BOT_SEND_ERROR: N_("failed"),
}  # fmt: skip


@pages.get("/settings/outbox")
@login_required
def outbox() -> str:
    """The organization's kept messages, the newest first."""
    place = managing_membership()
    letters_before = request.args.get("letters_before", type=int)
    letters = account_mail.list_kept(place, before=letters_before, limit=PAGE + 1)
    found = rules.list_of(place.organization_id, before=request.args.get("before", type=int), limit=PAGE + 1)
    older = url_for(".outbox", before=found[PAGE - 1][0].id) if len(found) > PAGE else None
    older_letters = url_for(".outbox", letters_before=letters[PAGE - 1].id) if len(letters) > PAGE else None
    return render_template(
        "pages/outbox.html", rows=found[:PAGE], older=older, newest="before" in request.args,
        letters=[(letter, _text(letter)) for letter in letters[:PAGE]], older_letters=older_letters,
        newest_letters=letters_before is not None, channels=CHANNELS,
    )  # fmt: skip


@pages.get("/settings/outbox/letters/<int:letter_id>")
@login_required
def account_letter(letter_id: int) -> str:
    """One letter of this server to somebody of the organization."""
    letter = account_mail.get_kept(managing_membership(), letter_id)
    return render_template("pages/account_letter.html", letter=letter, text=_text(letter))


def _text(letter: AccountLetter) -> Text | None:
    return account_letters.write(letter, current_app.config["SETTINGS"], language=str(get_locale()))


@pages.get("/settings/outbox/<int:letter_id>")
@login_required
def outbox_letter(letter_id: int) -> str:
    """One kept message."""
    kept, delivery = rules.get(managing_membership().organization_id, letter_id)
    return render_template("pages/outbox_letter.html", kept=kept, letter=kept.letter, status=STATUSES[delivery.status])


@pages.get("/settings/outbox/<int:letter_id>/html")
@login_required
def outbox_html(letter_id: int) -> Response:
    """The HTML of a kept email, for the frame on its page."""
    kept, delivery = rules.get(managing_membership().organization_id, letter_id)
    allow_framing_here()
    contain_foreign_html()
    links = PublicLinks(current_app.config["SETTINGS"])
    page = web_views.without_picture(links, delivery.interaction_id, kept.letter["html"])
    return Response(render_template("pages/foreign.html", subject=kept.letter["subject"], html=page), mimetype="text/html")
