"""The language of pages: what the person chose, else what the browser asks for, else English."""

from typing import Any

from flask import Flask, Response, current_app, g, redirect, request, session
from flask.sessions import NullSession
from flask_babel import get_locale
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as AnyResponse
from wtforms import HiddenField
from wtforms.validators import AnyOf

from ..database import unit_of_work
from ..extensions import babel
from ..languages import CATALOGUES, ENGLISH, LANGUAGES, say, say_kept
from ..services import users
from .blueprint import pages
from .login import safe_next

YEAR = 365 * 24 * 60 * 60  # seconds


class LanguageForm(FlaskForm):
    language = HiddenField(validators=[AnyOf(LANGUAGES)])
    next = HiddenField()


def register(app: Flask) -> None:
    """Let the pages of ``app`` speak the reader's language. Endpoints for programs never ask for it."""
    babel.init_app(app, default_translation_directories=str(CATALOGUES), locale_selector=choose)
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.template_filter("say")(say)
    app.template_filter("kept")(say_kept)
    app.context_processor(_for_templates)
    app.after_request(_label)


def choose() -> str:
    """The language of this request's page.

    The browser's cookie goes before what is kept with the person, which is for browsers that they have not used before.
    """
    kept = request.cookies.get(_cookie(), "")
    if kept not in LANGUAGES and "_user_id" in session:
        kept = getattr(current_user, "language", None) or ""
    return kept if kept in LANGUAGES else request.accept_languages.best_match(LANGUAGES, default=ENGLISH)


def _cookie() -> str:
    return "__Host-language" if current_app.config["SESSION_COOKIE_SECURE"] else "language"


def _for_templates() -> dict[str, Any]:
    # What is the same to everybody has no session, and so no form: neither has the page that says that it isn't there.
    can_choose = not isinstance(session, NullSession)
    return {"language": str(get_locale()), "languages": LANGUAGES if can_choose else {}, "here": _here}


def _here() -> str:
    """Where choosing a language leads back to: this page, when it can be asked for again.

    What is a secret, or would lead elsewhere, is left out.
    """
    rule = request.url_rule
    if rule is None or "GET" not in (rule.methods or ()):
        return ""
    # A code is used up by the page that it came to, and is written on no page.
    return request.path if "code" in request.args else request.full_path.removesuffix("?")


def _label(response: Response) -> Response:
    if response.mimetype == "text/html" and not g.get("is_foreign"):
        response.headers["Content-Language"] = str(get_locale())
        response.vary.update(("Accept-Language", "Cookie"))
    return response


@pages.post("/language")
def change_language() -> AnyResponse:
    """Read the pages in another language from now on, in this browser and, when signed in, in those to come."""
    form = LanguageForm()
    onward = redirect(safe_next(form.next.data, otherwise="/"), 303)
    if not form.validate_on_submit():
        return onward
    if current_user.is_authenticated:
        with unit_of_work():
            users.choose_language(current_user, form.language.data)
    onward.set_cookie(
        _cookie(), form.language.data, max_age=YEAR, httponly=True, samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )  # fmt: skip
    return onward
