"""SMTP (RFC 5321): takes emails to the next server."""

import re
import smtplib
import ssl
import threading
from collections.abc import Callable
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from ...clock import now
from ...models import DeliveryStatus
from ...services import callbacks
from ...services.deliveries import Outcome
from ...services.letters import Letter
from . import HandOver, HoldLost, NotNow, Refused, Unsure

TIMEOUT = 60  # seconds for each step

NO_TLS = (
    "The mail server offers no TLS, so it was not told the password. Let UAA_SMTP_URL begin with smtps://, or set "
    "UAA_SMTP_PLAIN_PASSWORD when nobody else is on the network between."
)

_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


class _Session(smtplib.SMTP):
    """Sends a message without its last dot first, so that something can be noted before the server can have all of it."""

    before_last_dot: Callable[[], None] = staticmethod(lambda: None)

    def data(self, msg: bytes | str) -> tuple[int, bytes]:  # type: ignore[override]
        self.putcmd("data")
        code, reply = self.getreply()
        if code != 354:
            raise smtplib.SMTPDataError(code, reply)
        content = _LEADING_DOT.sub(b"..", msg.encode("ascii") if isinstance(msg, str) else msg)
        self.send(content if content.endswith(b"\r\n") else content + b"\r\n")
        self.before_last_dot()
        try:
            self.send(b".\r\n")
            code, reply = self.getreply()
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            raise Unsure(str(error)) from error
        if code != 250:
            self._rset()
        return code, reply

    def _rset(self) -> None:
        try:
            self.rset()
        except smtplib.SMTPServerDisconnected:
            self.close()


class _TlsSession(_Session, smtplib.SMTP_SSL):
    """The same with TLS from the start."""


class Smtp:
    """:param url: ``smtp://user:password@host:587``. :param host: names this machine to the server, and in message ids.

    :param tells_all: whether the password may go over the network in the clear.
    """

    keeps = False

    def __init__(self, url: str, host: str, *, tells_all: bool = False) -> None:
        self._parts, self._host = urlsplit(url), host or "localhost"
        self._tells_all = tells_all or callbacks.is_loopback(self._parts.hostname or "")
        self._threads = threading.local()

    def send(self, letter: Letter, hand_over: HandOver) -> Outcome:
        message = compose(letter, self._host)
        try:
            session = self._session()
            session.before_last_dot = hand_over
            session.send_message(message, letter.sender.address, [letter.recipient])
        except (HoldLost, Unsure):
            self.close()
            raise
        except smtplib.SMTPResponseException as error:
            raise self._read(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPRecipientsRefused as error:
            raise self._read(*error.recipients[letter.recipient]) from error
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise NotNow(f"{type(error).__name__}: {error}") from error
        except (UnicodeError, ValueError) as error:
            raise Refused(f"The email can't be written: {error}") from error
        return Outcome(DeliveryStatus.DELIVERED)

    def close(self) -> None:
        session: _Session | None = getattr(self._threads, "session", None)
        if session is not None:
            self._threads.session = None
            session.close()

    def _read(self, code: int, reply: bytes | str) -> Refused | NotNow:
        """What a refusal means: RFC 5321 section 4.2.1."""
        words = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
        sentence = f"{code} {words}".strip()
        if code == 421 or code < 400:
            self.close()
        return Refused(sentence) if 500 <= code < 600 else NotNow(sentence)

    def _session(self) -> _Session:
        session: _Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = self._threads.session = self._open()
        return session

    def _open(self) -> _Session:
        tls = self._parts.scheme == "smtps"
        host, port = self._parts.hostname or "", self._parts.port or (465 if tls else 25)
        if tls:
            # Without a context of ours smtplib would take any certificate.
            context = ssl.create_default_context()
            session: _Session = _TlsSession(host, port, local_hostname=self._host, timeout=TIMEOUT, context=context)
        else:
            session = _Session(host, port, local_hostname=self._host, timeout=TIMEOUT)
        try:
            session.ehlo_or_helo_if_needed()
            if not tls and session.has_extn("starttls"):
                session.starttls(context=ssl.create_default_context())
                tls = True
            if self._parts.username:
                self._log_in(session, is_private=tls)
        except BaseException:
            session.close()
            raise
        return session

    def _log_in(self, session: _Session, *, is_private: bool) -> None:
        # Whoever stands between can leave STARTTLS out of the server's answer, and would be told the password.
        if not is_private and not self._tells_all:
            raise NotNow(NO_TLS)
        session.login(unquote(self._parts.username or ""), unquote(self._parts.password or ""))


def compose(letter: Letter, host: str) -> EmailMessage:
    """The email of ``letter``; a repetition has the same Message-ID.

    :raises ValueError: an address can't stand in a header.
    """
    message = EmailMessage(policy=POLICY)
    message["From"] = Address(letter.sender.name, addr_spec=letter.sender.address)
    message["To"] = Address(addr_spec=letter.recipient)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now())
    message["Message-ID"] = f"<{letter.request_id}@{host}>"
    for name, value in letter.headers.items():
        message[name] = value
    message.set_content(letter.text or " ")
    # In the order of RFC 2046 section 5.1.4: the richest last; AMP asks for its part in between.
    if letter.amp_html:
        message.add_alternative(letter.amp_html, subtype="x-amp-html")
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    return message
