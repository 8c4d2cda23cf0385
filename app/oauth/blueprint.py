"""The blueprint of the authorization server; each file adds its endpoints to it."""

from flask import Blueprint

oauth = Blueprint("oauth", __name__)
