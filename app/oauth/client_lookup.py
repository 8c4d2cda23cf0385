"""The client of an authorization request: registered here, or described by the document at its ``client_id``."""

import logging

from flask import current_app, request

from ..database import unit_of_work
from ..models import Client, ClientType
from ..outbound import Outbound
from ..services import client_documents, clients, described_clients
from ..services.client_documents import DocumentRefused
from ..settings import Settings

log = logging.getLogger("uaa.oauth")


def find(client_id: str) -> Client | None:
    """The client, its document read first when that is due; nothing is kept open in the database meanwhile.

    :raises DocumentRefused: the document can't be read or is not acceptable.
    :raises TooManyRequests: too many were read lately. :raises Unavailable: too many are being read.
    """
    settings: Settings = current_app.config["SETTINGS"]
    if client_documents.is_address(client_id):
        if not settings.client_id_metadata_documents:
            return None
        _read_when_due(client_id)
    client = clients.find(client_id)
    return None if client is None or client.client_type is ClientType.RESOURCE_SERVER else client


def _read_when_due(client_id: str) -> None:
    host = client_documents.check_address(client_id)
    if not described_clients.must_be_read(client_id):
        return
    described_clients.take_turn(current_app.extensions["counters"], requester=request.remote_addr or "", host=host)
    outbound: Outbound = current_app.extensions["outbound"]
    try:
        document = client_documents.fetch(outbound, client_id)
    except DocumentRefused as error:
        log.info("client metadata at %s refused: %s", host, error.detail)
        raise
    with unit_of_work():
        described_clients.keep(document)
