"""The page behind a link of a letter that does not work any more."""

from flask import render_template, url_for

from ..words import N_

WITHIN_A_DAY = N_("It was used, replaced by a newer one, or is older than a day.")
WITHIN_AN_HOUR = N_("It was used, replaced by a newer one, or is older than an hour.")
ACCOUNT, SIGN_IN, AGAIN = N_("Your account"), N_("Sign in"), N_("Get another link")


def page(sentence: str, *ways: tuple[str, str]) -> tuple[str, int]:
    """Say why, and what to do instead.

    :param ways: the endpoint and the label of each way on, the most likely one first.
    """
    links = [(url_for(endpoint), label) for endpoint, label in ways]
    return render_template("pages/link_over.html", sentence=sentence, ways=links), 404
