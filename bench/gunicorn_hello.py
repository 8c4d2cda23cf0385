"""gunicorn's settings for the bare application: the product's own, but for what opens the product's database."""

import runpy
from pathlib import Path

_own = runpy.run_path(str(Path(__file__).resolve().parent.parent / "gunicorn.conf.py"))
globals().update({name: value for name, value in _own.items() if name not in ("wsgi_app", "post_fork", "worker_exit")})
