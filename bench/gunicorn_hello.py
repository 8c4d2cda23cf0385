"""gunicorn's settings for the bare application: the product's own, but for what opens the product's database.

:envvar BENCH_WORKER_CLASS: the worker to use; without it the product's.
"""

import os
import runpy
from pathlib import Path

_own = runpy.run_path(str(Path(__file__).resolve().parent.parent / "gunicorn.conf.py"))
globals().update({name: value for name, value in _own.items() if name not in ("wsgi_app", "post_fork", "worker_exit")})
if "BENCH_WORKER_CLASS" in os.environ:
    worker_class = os.environ["BENCH_WORKER_CLASS"]
