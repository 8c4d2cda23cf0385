"""What Authlib calls a client, a code and a token: thin views on what the rules have found."""

from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, TokenMixin

from .. import scopes
from ..services.codes import FoundCode
from ..services.token_clients import TokenClient
from ..services.tokens import FoundFamily


class AuthlibClient(ClientMixin):
    """A client at the token endpoint, already authenticated."""

    def __init__(self, client: TokenClient) -> None:
        self.client = client

    def get_client_id(self) -> str:
        return self.client.client_id

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in ("authorization_code", "refresh_token")


class AuthlibCode(AuthorizationCodeMixin):
    """A code that belongs to the client that presents it."""

    code_challenge_method = "S256"

    def __init__(self, found: FoundCode) -> None:
        self.found = found
        self.code_challenge = found.code_challenge

    def get_redirect_uri(self) -> str | None:
        return self.found.redirect_uri

    def get_scope(self) -> str:
        return self.found.scope


class AuthlibFamily(TokenMixin):
    """The family of a refresh token that belongs to the client that presents it."""

    def __init__(self, found: FoundFamily) -> None:
        self.found = found

    def check_client(self, client: AuthlibClient) -> bool:
        return self.found.client_id == client.client.id

    def get_scope(self) -> str:
        """What may be asked for: the names granted, and the single scopes that these open."""
        return scopes.join((*scopes.names_of(self.found.scope), *sorted(scopes.expand(self.found.scope))))
