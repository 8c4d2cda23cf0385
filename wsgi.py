"""The WSGI application: ``gunicorn wsgi:app``, ``flask --app wsgi ...``."""

import sys

from app import create_app
from app.settings import SettingsError

try:
    app = create_app()
except SettingsError as error:
    sys.exit(f"Can't start: {error}")
