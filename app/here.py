"""The application and the request of the present context, on the paths that every call takes.

Flask's own proxies say the same, and say it when there is none; but each look through one takes a microsecond, and a call
makes twenty of them.
"""

from flask import Flask
from flask.globals import _cv_app, _cv_request
from flask.wrappers import Request


def this_app() -> Flask:
    """The application that is at work.

    :raises LookupError: none is.
    """
    return _cv_app.get().app


def this_request() -> Request:
    """The request that is being answered.

    :raises LookupError: none is.
    """
    return _cv_request.get().request
