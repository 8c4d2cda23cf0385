"""1.19 and 1.20: push tokens."""

from ...database import unit_of_work
from ...services import push_tokens
from ...services.callers import Caller
from ..groups import GENERAL
from ..schemas.push import TokenState


@GENERAL.get("1.19", "/v1/contact/token/activated/<app_uuid>/<path:token_id>", returns=TokenState)
def get_token_state(caller: Caller, app_uuid: str, token_id: str) -> TokenState:
    """Whether a mobile push token is active."""
    return TokenState(active=push_tokens.is_active(caller.organization_id, app_uuid, token_id))


@GENERAL.put("1.20", "/v1/contact/token/activated/<app_uuid>/<path:token_id>", body=TokenState, returns=TokenState)
def set_token_state(caller: Caller, app_uuid: str, token_id: str, body: TokenState) -> TokenState:
    """Switch a mobile push token on or off."""
    with unit_of_work():
        push_tokens.switch(caller.organization_id, app_uuid, token_id, active=body.active)
    return body
