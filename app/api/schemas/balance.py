"""The balance on the wire."""

from ...models import Balance
from ...models.balance import MILLION
from .wire import Wire


class ReservedBalance(Wire):
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
    def describe(cls, balance: Balance) -> "BalanceView":
        return cls(
            current_balance=balance.money / MILLION, credit_limit=balance.credit_limit / MILLION,
            currency=balance.currency, bonus_emails=balance.bonus_emails, bonus_smses=balance.bonus_smses,
            senders_reserved_balances={},
        )  # fmt: skip
