"""A partner's server: sends people to the authorize link, exchanges codes, refreshes and calls the API."""

import base64
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from .answers import Answer

if TYPE_CHECKING:
    from .owner import Owner
    from .sites import Site

CALLBACK = "https://partner.example/callback"
TOKEN = "/uaa/oauth/token"
AUTHORIZE = "/uaa/oauth/authorize"


@dataclass(frozen=True)
class Tokens:
    """The token endpoint's answer, good or bad."""

    answer: Answer

    @property
    def status(self) -> int:
        return self.answer.status

    @property
    def access_token(self) -> str:
        return str(self._member("access_token"))

    @property
    def refresh_token(self) -> str:
        return str(self._member("refresh_token"))

    @property
    def scope(self) -> str:
        return str(self._member("scope"))

    @property
    def pair(self) -> tuple[str, str]:
        return self.access_token, self.refresh_token

    @property
    def error(self) -> str | None:
        return self.answer.json.get("error")

    @property
    def reason(self) -> str | None:
        return self.answer.json.get("reason")

    def _member(self, name: str) -> Any:
        assert name in self.answer.json, f"no {name} in the answer {self.status}: {self.answer.text}"
        return self.answer.json[name]


@dataclass(frozen=True)
class Proof:
    """A PKCE verifier and its challenge (RFC 7636)."""

    verifier: str
    challenge: str

    @classmethod
    def new(cls) -> "Proof":
        verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(verifier.encode()).digest()
        return cls(verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode())

    @property
    def parameters(self) -> dict[str, str]:
        return {"code_challenge": self.challenge, "code_challenge_method": "S256"}


class PartnerApp:
    """One registered app. ``secret`` is None for a public one."""

    def __init__(
        self, site: "Site", *, client_id: str, secret: str | None, callback_urls: tuple[str, ...] = (CALLBACK,)
    ) -> None:
        self.site = site
        self.client_id, self.secret = client_id, secret
        self.callback_urls = callback_urls

    @property
    def callback(self) -> str:
        return self.callback_urls[0]

    def authorize_link(self, *, path: str = AUTHORIZE, **parameters: str | None) -> str:
        """The link to send people to; None leaves a parameter out."""
        usual = {"response_type": "code", "client_id": self.client_id, "redirect_uri": self.callback, "state": "xyz"}
        chosen = {name: value for name, value in (usual | parameters).items() if value is not None}
        return f"{path}?{urlencode(chosen)}"

    def code_from(self, owner: "Owner", *, ticked: Iterable[str] | None = None, **parameters: str | None) -> str:
        """A fresh code that ``owner`` approved in a browser."""
        answer = owner.approve(self.authorize_link(**parameters), scope=ticked)
        assert answer.status == 302, f"{answer.status}: {answer.words}"
        assert "code" in answer.parameters, answer.location
        return answer.parameters["code"]

    def connect(self, owner: "Owner", *, ticked: Iterable[str] | None = None, **parameters: str | None) -> Tokens:
        """The whole flow: authorize link, sign-in, consent, exchange. ``ticked``: what the owner leaves ticked."""
        proof = Proof.new() if self.secret is None else None
        code = self.code_from(owner, ticked=ticked, **(proof.parameters if proof else {}), **parameters)
        redirect_uri = parameters.get("redirect_uri", self.callback)
        tokens = self.exchange(code, redirect_uri=redirect_uri, code_verifier=proof.verifier if proof else None)
        assert tokens.status == 200, tokens.answer.text
        return tokens

    def exchange(self, code: str, *, via: str = "basic", **parameters: str | None) -> Tokens:
        """Exchange a code. :param via: where the client's credentials stand: basic, body, query or none."""
        return self.ask(
            {"grant_type": "authorization_code", "code": code, "redirect_uri": self.callback} | parameters, via=via
        )

    def refresh(self, tokens: Tokens | str, *, via: str = "basic", **parameters: str | None) -> Tokens:
        token = tokens if isinstance(tokens, str) else tokens.refresh_token
        return self.ask({"grant_type": "refresh_token", "refresh_token": token} | parameters, via=via)

    def ask(self, parameters: dict[str, str | None], *, via: str = "basic", secret: str | None = None) -> Tokens:
        """Send ``parameters`` (None leaves one out) to the token endpoint, with this app's credentials."""
        sent = {name: value for name, value in parameters.items() if value is not None}
        secret = secret or self.secret
        if secret is None and via == "basic":
            via = "none"
        credentials = {"client_id": self.client_id} | ({"client_secret": secret} if secret and via != "none" else {})
        if via == "basic":
            return Tokens(self.site.post(TOKEN, data=sent, auth=(self.client_id, secret or "")))
        if via == "query":
            return Tokens(self.site.post(TOKEN, params=sent | credentials))
        return Tokens(self.site.post(TOKEN, data=sent | credentials))

    def call(self, credential: Tokens | str, method: str, path: str, **request: Any) -> Answer:
        """Call the API with an access token."""
        secret = credential if isinstance(credential, str) else credential.access_token
        headers = {"Authorization": f"Bearer {secret}"} | request.pop("headers", {})
        return self.site.send(method, path, headers=headers, **request)

    def version(self, credential: Tokens | str) -> Answer:
        """The simplest call there is: any valid credential will do."""
        return self.call(credential, "GET", "/api/v1/version")
