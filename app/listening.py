"""Where the server listens, and whether it can."""

import errno
import os
import socket

from .settings import SettingsError

HOST, DEFAULT_PORT = "127.0.0.1", 8000


def port() -> int:
    """The port to listen on: the variable ``PORT``, as platforms set it.

    :raises SettingsError: it is no port number.
    """
    text = os.environ.get("PORT") or str(DEFAULT_PORT)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise SettingsError(f"PORT: '{text}' is not a port number (1 to 65535).")
    return int(text)


def check_free(host: str, port: int) -> None:
    """Whether this process may listen there.

    :raises SettingsError: the port is taken, or may not be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the server does, but without sharing: the workers share their port with each other, and would with strangers.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise SettingsError(f"port {port} is taken by another program. Choose one: PORT=8001 make run") from error
            raise SettingsError(f"port {port} on {host} can't be used: {os.strerror(error.errno or 0)}.") from error
