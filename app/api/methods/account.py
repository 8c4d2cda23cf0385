"""1.2 Account information."""

from ...services import accounts
from ...services.callers import Caller
from ..groups import GENERAL
from ..schemas.account import AccountInfo


@GENERAL.get("1.2", "/v1/account/info", returns=AccountInfo)
def account_info(caller: Caller) -> AccountInfo:
    """The person and the organization behind the credential."""
    account = accounts.describe(caller)
    return AccountInfo(user_email=account.user_email, organisation_name=account.organization, org_id=caller.organization_id)
