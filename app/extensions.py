"""The Flask extensions, made once and bound to the application by create_app()."""

from flask_babel import Babel
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

db = SQLAlchemy(disable_autonaming=True)
login_manager = LoginManager()
csrf = CSRFProtect()
babel = Babel()
