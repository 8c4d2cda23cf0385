"""The endpoints of the authorization server."""

import logging
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from authlib.oauth2.rfc6749 import AccessDeniedError, OAuth2Error
from flask import Response, abort, current_app, redirect, render_template, request, session, url_for
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as BaseResponse

from .. import scopes
from ..database import unit_of_work
from ..errors import Invalid
from ..extensions import csrf
from ..here import this_app, this_request
from ..middleware import allow_redirects_to
from ..models import Connection, Organization
from ..services import callbacks, codes, connections, consent, end_dates, organizations
from ..services.end_dates import Choice
from ..services.purge import Housekeeping
from ..settings import Settings
from ..words import N_
from . import authorization_request, event_log, standing
from .authorization_request import AuthorizationRequest, UntrustedRequest
from .blueprint import oauth
from .token_request import SECRETS

log = logging.getLogger("uaa.oauth")

# Since when (RFC 9745): RFC 6749 section 2.3.1 has always said that secrets don't belong into an address.
QUERY_CREDENTIALS_DEPRECATED = "@1349049600"

# The second is the address that Yespo's own documentation prints.
AUTHORIZE_PATHS = ("/uaa/oauth/authorize", "/uaa/oauth/authorize/oauth/authorize")


@oauth.route(AUTHORIZE_PATHS[0], methods=["GET", "POST"])
@oauth.route(AUTHORIZE_PATHS[1], methods=["GET", "POST"], endpoint="authorize_as_documented")
def authorize() -> BaseResponse | tuple[str, int]:
    """Ask the account owner, and send the answer to the app's callback (RFC 6749 section 4.1)."""
    try:
        trusted = authorization_request.trust(request.args)
    except UntrustedRequest as error:
        event_log.record_untrusted(error)
        page = render_template("oauth/error.html", title=error.title, sentence=error.sentence, hint=error.hint)
        return page, 400
    if trusted.client.is_described and not current_user.is_authenticated:
        # Anybody can describe an app: a link must not lead people to its site who have done nothing here yet, not even
        # with an error (RFC 9700 section 4.11.2).
        return _sign_in_first()
    try:
        asked = authorization_request.check(trusted, request.args, issuer=_settings().issuer)
        return _ask(asked)
    except OAuth2Error as error:
        event_log.record_authorization_error(trusted.client, error)
        return _send_back(trusted, dict(error.get_body()))


def _ask(asked: AuthorizationRequest) -> BaseResponse | tuple[str, int]:
    if not current_user.is_authenticated:
        if "none" in asked.prompt:
            raise OAuth2Error(error="login_required", description="Nobody is signed in.")
        return _sign_in_first()
    choices = organizations.managed_by(current_user)
    if not choices:
        return _not_allowed(asked)
    if request.method == "POST":
        return _decide(asked, choices)
    settled = _settled(asked, choices)
    if settled is not None:
        return _send_back(asked, {"code": _issue(settled, asked, scopes.within(asked.scope, settled.scope))})
    if "none" in asked.prompt:
        raise OAuth2Error(error="consent_required", description="The account owner has to be asked.")
    return _page(asked, choices)


def _not_allowed(asked: AuthorizationRequest) -> tuple[str, int]:
    """Tell a person who may not connect apps, and who can go back to the app with that."""
    if "none" in asked.prompt or request.form.get("decision") == "deny":
        raise AccessDeniedError(description="The person may not connect apps.")
    allow_redirects_to(asked.redirect_uri)
    return render_template("oauth/not_allowed.html", client=asked.client), 403


def _sign_in_first() -> BaseResponse:
    return redirect(url_for("pages.login", next=request.full_path))


def _settled(asked: AuthorizationRequest, choices: list[Organization]) -> Connection | None:
    """The connection that answers without a page: of the only organization, or of the one chosen last in this session."""
    if len(choices) > 1 and not any(choice.id == session.get("organization_id") for choice in choices):
        return None
    return standing.find(asked, _preselected(choices)).settles(asked)


def _decide(asked: AuthorizationRequest, choices: list[Organization]) -> BaseResponse | tuple[str, int]:
    decision = request.form.get("decision")
    stated = request.form.get("organization") or (str(choices[0].id) if len(choices) == 1 else "")
    organization = next((choice for choice in choices if str(choice.id) == stated), None)
    if decision == "deny":
        with unit_of_work():
            connections.deny(organization=organization, client=asked.client)
        raise AccessDeniedError(description="The account owner refused.")
    if decision != "allow":
        abort(400)
    if request.form.get("shown", asked.digest) != asked.digest:
        return _page(asked, choices, problem=N_("The app has changed in the meantime. Look at what it asks for again."))
    if organization is None:
        return _page(asked, choices, problem=N_("Choose an organization that you manage."))
    granted = scopes.limit(asked.scope, request.form.getlist("scope"))
    if not granted:
        return _page(asked, choices, problem=N_("Allow at least one thing, or refuse."))
    try:
        ends_at = _chosen_end(asked, organization)
    except Invalid as error:
        return _page(
            asked, choices, problem=N_("Nothing is allowed yet. Say when the access ends."), end_problem=error.detail
        )
    return _send_back(asked, {"code": _approve(asked, organization, granted, ends_at)})


def _chosen_end(asked: AuthorizationRequest, organization: Organization) -> datetime | None:
    held = standing.find(asked, organization).connection
    value, day = request.form.get("ends", ""), request.form.get("ends_on", "")
    return end_dates.read(value, day, present=held.ends_at if held else None)


def _approve(asked: AuthorizationRequest, organization: Organization, granted: str, ends_at: datetime | None) -> str:
    with unit_of_work():
        connection = connections.open_(
            user=current_user, organization=organization, client=asked.client, asked=asked.scope, granted=granted,
            ends_at=ends_at,
        )  # fmt: skip
        organizations.remember(connection.user, organization)
        code = _code(connection, asked, granted)
    standing.remember(asked, organization, granted)
    return code


def _issue(connection: Connection, asked: AuthorizationRequest, scope: str) -> str:
    with unit_of_work():
        return _code(connection, asked, scope)


def _code(connection: Connection, asked: AuthorizationRequest, scope: str) -> str:
    return codes.issue(
        connection,
        redirect_uri=asked.stated_redirect_uri,
        scope=scope,
        code_challenge=asked.code_challenge,
        resource=asked.resource,
        lifetime=_settings().code_ttl,
    )


def _preselected(choices: list[Organization]) -> Organization:
    last = session.get("organization_id") or current_user.last_organization_id
    wanted = (request.form.get("organization"), str(last))
    return next((choice for choice in choices if str(choice.id) in wanted), choices[0])


def _page(
    asked: AuthorizationRequest, choices: list[Organization], problem: str | None = None, end_problem: str = ""
) -> BaseResponse | tuple[str, int]:
    allow_redirects_to(asked.redirect_uri)
    chosen = _preselected(choices)
    held = standing.find(asked, chosen)
    page = render_template(
        "oauth/authorize.html",
        client=asked.client,
        callback_host=callbacks.host_of(asked.redirect_uri),
        on_a_device=standing.is_on_a_device(asked),
        resource_server=asked.resource_server,
        user_email=current_user.email,
        organizations=choices,
        chosen_organization=chosen.id,
        asks=consent.describe(
            asked.scope, held=held.held, declined=held.declined, ticked=request.form.getlist("scope") if problem else None
        ),
        general_sentence=scopes.GENERAL.allows,
        withheld=[scope.withholds for scope in scopes.withheld(f"{asked.scope} {held.held}")],
        kept=[scope.title for scope in scopes.SCOPES if scope.name in scopes.expand(held.held) - scopes.expand(asked.scope)],
        end=_end_choice(held.connection.ends_at if held.connection else None, end_problem),
        problem=problem,
        shown=asked.digest,
        reapproval=held.connection is not None,
        preview=False,
    )
    return page, 400 if problem else 200


def _end_choice(present: datetime | None, problem: str) -> Choice:
    offered = end_dates.offer(present)
    value, day = request.form.get("ends", offered.value), request.form.get("ends_on", "")
    return replace(offered, value=value, day=day, problem=problem)


def _send_back(asked: AuthorizationRequest, answer: dict[str, str]) -> BaseResponse:
    """Redirect to the verified callback, with ``state`` and ``iss`` (RFC 9207)."""
    parameters = [*answer.items(), *([("state", asked.state)] if asked.state else []), ("iss", _settings().issuer)]
    separator = "&" if "?" in asked.redirect_uri else "?"
    # The registered address stays as it is, to the letter; parameters are only ever added to it.
    return redirect(f"{asked.redirect_uri}{separator}{urlencode(parameters)}", 302)


@oauth.post("/uaa/oauth/token")
@csrf.exempt
def token() -> Response:
    """Hand out tokens for a code or a refresh token (RFC 6749 section 3.2)."""
    response: Response = this_app().extensions["oauth_server"].create_token_response()
    if response.status_code == 200:
        _tidy_up()
    asked = this_request()
    if asked.query_string and not SECRETS.isdisjoint(asked.args):
        response.headers["Deprecation"] = QUERY_CREDENTIALS_DEPRECATED
    return response


def _tidy_up() -> None:
    housekeeping: Housekeeping = this_app().extensions["housekeeping"]
    if housekeeping.is_due():
        try:
            with unit_of_work():
                housekeeping.step()
        except SQLAlchemyError as error:
            # The tokens are issued; what is left undone is done the next time.
            log.warning("housekeeping put off: %s", type(error).__name__)


@oauth.post("/uaa/oauth/revoke")
@csrf.exempt
def revoke() -> Response:
    """Take a token back (RFC 7009)."""
    response: Response = this_app().extensions["oauth_server"].create_endpoint_response("revocation")
    return response


@oauth.post("/uaa/oauth/introspect")
@csrf.exempt
def introspect() -> Response:
    """Say what a token is (RFC 7662)."""
    response: Response = this_app().extensions["oauth_server"].create_endpoint_response("introspection")
    return response


# The name that Spring's servers, Yespo's among them, give the same thing.
oauth.add_url_rule("/uaa/oauth/check_token", "check_token", introspect, methods=["POST"])


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
