"""Another API that trusts the product's tokens: it asks about each by introspection."""

from typing import TYPE_CHECKING, Any

from .answers import Answer

if TYPE_CHECKING:
    from .sites import Site


class ResourceServer:
    """A registered resource server, made with ``make()``."""

    def __init__(self, site: "Site", *, client_id: str, secret: str, resource: str | None) -> None:
        self.site = site
        self.client_id, self.secret, self.resource = client_id, secret, resource

    @classmethod
    def make(cls, site: "Site", *, resource: str | None, organization: str, name: str = "Reports") -> "ResourceServer":
        from app.services import organizations, resource_servers

        with site.rules():
            developer = organizations.get_by_name(organization)
            server, secret = resource_servers.create(developer, name=name, resource=resource, issuer=site.url)
            client_id = server.client_id
        return cls(site, client_id=client_id, secret=secret, resource=resource)

    def introspect(self, token: str, *, path: str = "/uaa/oauth/introspect", **parameters: Any) -> Answer:
        return self.site.post(path, data={"token": token} | parameters, auth=(self.client_id, self.secret))

    def accepts(self, token: str) -> bool:
        """Whether it would serve a call with this token."""
        facts = self.introspect(token).json
        return bool(facts["active"]) and facts["aud"] == self.resource
