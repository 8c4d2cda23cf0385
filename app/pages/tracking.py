"""What links and the unseen picture in messages lead to: noted, and on to where the sender wanted."""

import logging

from flask import Response, current_app, redirect, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as AnyResponse

from ..database import unit_of_work
from ..models import DeliveryStatus
from ..rates import parse
from ..services import delivery_status, public_links, rate_limits
from ..services.public_links import LinkNotValid, PublicLinks
from ..services.rate_limits import Exceeded
from .blueprint import pages

_PICTURE = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")

# Each is a row of the activity, and whoever has a link can follow it as often as they like.
_CLICKS = parse("10/minute")

log = logging.getLogger("uaa.tracking")


@pages.get("/t/o/<token>.gif")
def letter_opened(token: str) -> Response:
    """Note that an email was opened."""
    _note(_links().read_opened(token), DeliveryStatus.READ)
    response = Response(_PICTURE, mimetype="image/gif")
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/t/c/<token>")
def link_clicked(token: str) -> AnyResponse:
    """Note that a link was followed, and lead on. The target is part of what is signed: it leads nowhere else."""
    url = request.args.get("u", "")
    _note(_links().read_clicked(token, url), DeliveryStatus.CLICKED, url)
    return _lead(url)


@pages.get("/l/<token>")
def short_link_followed(token: str) -> AnyResponse:
    """The same for links in SMS and Viber texts."""
    found = delivery_status.find_target(token)
    if found is None:
        raise LinkNotValid
    _move(found[0], DeliveryStatus.CLICKED, found[1])
    return _lead(found[1])


def _links() -> PublicLinks:
    return PublicLinks(current_app.config["SETTINGS"])


def _lead(url: str) -> AnyResponse:
    """:raises LinkNotValid: nothing is at ``url``, and nothing can be."""
    target = public_links.clean(url)
    if target is None:
        raise LinkNotValid
    response = redirect(target)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _note(interaction_id: str, status: DeliveryStatus, url: str | None = None) -> None:
    try:
        delivery_id = delivery_status.find_id(interaction_id)
    except SQLAlchemyError as error:
        log.error("not noted: %s", type(error).__name__)
        return
    if delivery_id is not None:
        _move(delivery_id, status, url)


def _move(delivery_id: int, status: DeliveryStatus, url: str | None) -> None:
    if request.method == "HEAD":
        # A program that looks whether the address answers.
        return
    try:
        if status is DeliveryStatus.CLICKED:
            rate_limits.take(current_app.extensions["counters"], _CLICKS, "clicks", str(delivery_id))
        with unit_of_work():
            delivery_status.move(delivery_id, status, click_link=url)
    except Exceeded:
        log.debug("delivery %d: more clicks than are noted", delivery_id)
    except SQLAlchemyError as error:
        # The reader wants the page, whatever becomes of the note.
        log.error("not noted: %s", type(error).__name__)
