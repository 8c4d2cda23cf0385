"""An https server of the tests' own, under any name, with a certificate of the tests' own authority."""

import ipaddress
import json
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.outbound import Outbound
from app.public_addresses import Address, is_public

HERE = "127.0.0.1"
HOST = "client.example"
ANOTHER_CALLBACK = "https://client.example/callback"

Answer = Callable[[BaseHTTPRequestHandler], None]


def json_answer(document: Any, **headers: str) -> Answer:
    return answer(json.dumps(document).encode(), **{"Content-Type": "application/json"} | headers)


def answer(body: bytes, status: int = 200, **headers: str) -> Answer:
    """An answer with ``headers``, whose underscores are hyphens."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body))}.items() | headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return send


def raw(data: bytes) -> Answer:
    """Exactly ``data``, and the end."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(data)

    return send


def drip(*, pause: float, piece: bytes = b" ", head: bytes = b"") -> Answer:
    """One byte after another, for ever: no single read ever takes long."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(head)
        for _ in range(1000):
            time.sleep(pause)
            handler.wfile.write(piece)
            handler.wfile.flush()

    return send


class DocumentHost:
    """Listens on this computer as ``client.example``. ``asked`` counts the requests by path."""

    def __init__(self, folder: Path) -> None:
        self._answers: dict[str, Answer] = {}
        self.asked: dict[str, int] = {}
        self.heads: list[dict[str, str]] = []
        self._server = ThreadingHTTPServer((HERE, 0), self._handler())
        self._server.daemon_threads = True
        self._authority = certificates(folder)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        host = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                host.asked[self.path] = host.asked.get(self.path, 0) + 1
                host.heads.append({name.lower(): value for name, value in self.headers.items()})
                self.close_connection = True
                with suppress(OSError):
                    host._answers.get(self.path, answer(b"nothing here", 404))(self)

            def handle(self) -> None:
                with suppress(OSError):
                    super().handle()

            def finish(self) -> None:
                with suppress(OSError):
                    super().finish()

            def log_message(self, format: str, *args: Any) -> None:
                """Nobody reads it."""

        return Handler

    def address(self, path: str, *, host: str = HOST) -> str:
        return f"https://{host}:{self.port}{path}"

    def put(self, path: str, answer: Answer) -> str:
        """Answer ``path`` so from now on; its address."""
        self._answers[path] = answer
        return self.address(path)

    def describe(self, path: str = "/app.json", *, headers: dict[str, str] | None = None, **members: Any) -> str:
        """Put an acceptable metadata document there, with ``members`` changed or (None) left out; its address."""
        usual = {
            "client_id": self.address(path),
            "client_name": "Assistant",
            "redirect_uris": ["http://127.0.0.1/callback", ANOTHER_CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        }
        document = {name: value for name, value in (usual | members).items() if value is not None}
        return self.put(path, json_answer(document, **headers or {}))

    def outbound(
        self, *, resolver: Callable[[str, int], list[str]] | None = None, trusted: bool = True, **options: Any
    ) -> Outbound:
        """What the product would use, except that this server alone may be reached on this computer."""

        def is_allowed(address: Address) -> bool:
            return str(address) == HERE or is_public(address)

        tls = ssl.create_default_context(cafile=str(self._authority) if trusted else None)
        return Outbound(
            **{
                "resolver": resolver or (lambda host, port: [HERE]),
                "is_allowed": is_allowed,
                "ports": frozenset({self.port}),
                "tls": tls,
            }
            | options
        )

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def certificates(folder: Path) -> Path:
    """An authority and a certificate of its for ``client.example``; the authority's file."""
    at = datetime.now(UTC)
    names = [x509.DNSName(HOST), x509.IPAddress(ipaddress.ip_address(HERE))]
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "The tests' own authority")])

    def begin(name: x509.Name, public_key: Any) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(authority_name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(at - timedelta(days=1))
            .not_valid_after(at + timedelta(days=30))
        )

    authority_id = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    usage = dict.fromkeys((
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "crl_sign", "encipher_only", "decipher_only",
    ), False)  # fmt: skip
    authority = (
        begin(authority_name, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(key_cert_sign=True, **usage), critical=True)
        .add_extension(authority_id, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    certificate = (
        begin(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)]), key.public_key())
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority_id), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "authority.pem").write_bytes(authority.public_bytes(pem))
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return folder / "authority.pem"
