"""What people find in their mail: a real SMTP server, and a worker of the site that brings the letters there."""

import re
from email.message import EmailMessage

from app.jobs.worker import Worker

from .mail_server import MailServer
from .sites import Site

LINK = re.compile(r"https?://\S+")


class Letterbox:
    """:param site: whose settings name ``server``."""

    def __init__(self, site: Site, server: MailServer) -> None:
        self.site, self.server = site, server
        self.worker = Worker(site.app)

    def collect(self) -> list[EmailMessage]:
        """Let the worker send what is due; the letters that came."""
        before = len(self.server.mails)
        self.worker.sweep()
        return self.server.mails[before:]

    def only(self) -> EmailMessage:
        """The one letter that comes now."""
        letters = self.collect()
        assert len(letters) == 1, [letter["Subject"] for letter in letters]
        return letters[0]


def words_of(letter: EmailMessage) -> str:
    """Its text, as mail programs without HTML show it."""
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def link_in(letter: EmailMessage) -> str:
    """The one link in it."""
    links = LINK.findall(words_of(letter))
    assert len(links) == 1, links
    return str(links[0])
