"""A real SMTP server (aiosmtpd) in this process, which keeps what it is given and can be told to misbehave."""

import asyncio
import email
import ssl
import threading
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from .processes import free_port


class MailServer:
    """:param tls: from the start, when given. :param starttls: offered, when given.
    :ivar logins: the user names and passwords that it was told; all are right.
    :ivar mails: what it has taken. :ivar on_data: called with each mail; a reply that it gives is sent instead of 250."""

    def __init__(self, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None) -> None:
        self.mails: list[EmailMessage] = []
        self.logins: list[LoginPassword] = []
        self.recipients: list[str] = []
        self.on_data: Callable[[EmailMessage], str | None] = lambda mail: None
        self.on_recipient: Callable[[str], str | None] = lambda address: None
        self.delay = 0.0
        self._lock, self._tls, self._starttls = threading.Lock(), tls, starttls
        self.port = free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"smtp{'s' if self._tls else ''}://127.0.0.1:{self.port}"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        reply = self.on_recipient(address)
        if reply is None:
            envelope.rcpt_tos.append(address)
        return reply or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        refusal = self.on_data(mail)
        if refusal is not None:
            return refusal
        with self._lock:
            self.mails.append(mail)
            self.recipients += envelope.rcpt_tos
        if self.delay:
            await asyncio.sleep(self.delay)
        return "250 taken"

    def _log_in(self, server: Any, session: Any, envelope: Any, mechanism: str, login: LoginPassword) -> AuthResult:
        self.logins.append(login)
        return AuthResult(success=True)

    def start(self) -> None:
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, ssl_context=self._tls, tls_context=self._starttls,
            authenticator=self._log_in, auth_require_tls=False,
        )  # fmt: skip
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()
