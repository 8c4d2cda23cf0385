"""1.19, 1.20 and 1.21: push tokens, and what devices report of messages."""

from ...database import unit_of_work
from ...services import interactions, push_tokens
from ...services.callers import Caller
from ..groups import GENERAL
from ..schemas.push import InteractionBody, TokenState
from ..schemas.wire import Wire


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


@GENERAL.put("1.21", "/v1/interactions/<interaction_id>/status", body=InteractionBody, returns=Wire)
def report_interaction(caller: Caller, interaction_id: str, body: InteractionBody) -> Wire:
    """Report that a device has got, opened or followed a push message."""
    with unit_of_work():
        interactions.report(
            caller.organization_id, interaction_id, token=body.token, status=body.moves_to, at=body.happened_at
        )
    return Wire()
