"""The balance on the wire."""

from collections.abc import Sequence

from ...models import Balance
from ...models.balance import MILLION
from ...services.reserves import Reserve
from .wire import Wire


class ReservedBalance(Wire):
    """Money for the messages of one sender alone."""

    sender_id: int
    sender_name: str
    balance: float


class BalanceView(Wire):
    current_balance: float
    credit_limit: float
    currency: str
    bonus_emails: int
    bonus_smses: int
    senders_reserved_balances: dict[str, list[ReservedBalance]]

    @classmethod
    def describe(cls, balance: Balance, reserves: Sequence[Reserve]) -> "BalanceView":
        by_channel: dict[str, list[ReservedBalance]] = {}
        for one in reserves:
            row = ReservedBalance(sender_id=one.sender_id, sender_name=one.name, balance=one.left / MILLION)
            by_channel.setdefault(one.channel.value, []).append(row)
        return cls(
            current_balance=balance.money / MILLION, credit_limit=balance.credit_limit / MILLION,
            currency=balance.currency, bonus_emails=balance.bonus_emails, bonus_smses=balance.bonus_smses,
            senders_reserved_balances=by_channel,
        )  # fmt: skip
