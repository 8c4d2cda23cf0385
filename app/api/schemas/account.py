"""The caller's account on the wire."""

from .wire import Wire


class Version(Wire):
    version: str
    protocol_version: str


class AccountInfo(Wire):
    user_email: str
    organisation_name: str
    org_id: int
