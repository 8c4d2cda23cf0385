"""The blueprint of the pages; each file adds its own to it."""

from flask import Blueprint

pages = Blueprint("pages", __name__)
