"""Everyday token requests are answered by one statement; nobody can tell it from the grants, which know every rule."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, select

from app.clock import now
from app.extensions import db
from app.models import AccessToken, AuthorizationCode, ClientEvent, TokenFamily
from app.oauth import at_once
from tests.support.owner import Owner
from tests.support.partner_app import CALLBACK, PartnerApp, Proof, Tokens
from tests.support.sites import Site

EXCHANGE, REFRESH = "authorization_code", "refresh_token"


class Case:
    """Fresh codes and tokens of one app to spend; nothing of earlier cases is left."""

    def __init__(self, app: PartnerApp, owner: Owner, another: PartnerApp, *, plain: bool) -> None:
        self.site, self.app, self.another = app.site, app, another
        self._forget()
        proof = Proof.new()
        self.verifier, self.callback = ("", "") if plain else (proof.verifier, CALLBACK)
        asked: dict[str, str | None] = {"redirect_uri": None} if plain else {**proof.parameters}
        self.code, first = (app.code_from(owner, **asked) for _ in range(2))
        self.past = [app.exchange(first, code_verifier=self.verifier, redirect_uri=self.callback)]
        for _ in range(2):
            self.past.append(app.refresh(self.past[-1]))

    def _forget(self) -> None:
        with self.site.rules():
            for model in (AccessToken, TokenFamily, AuthorizationCode, ClientEvent):
                db.session.execute(delete(model))

    def ask(self, grant_type: str, token: str, *, via: str = "basic", **members: str) -> Tokens:
        name = "code" if grant_type == EXCHANGE else "refresh_token"
        usual = {"redirect_uri": self.callback, "code_verifier": self.verifier} if grant_type == EXCHANGE else {}
        return self.app.ask({"grant_type": grant_type, name: token} | usual | members, via=via)

    def left(self) -> list[Any]:
        """What is in the database: when and how far, but no random bytes."""
        with self.site.rules():
            families = db.session.scalars(select(TokenFamily))
            tokens = db.session.scalars(select(AccessToken))
            codes = db.session.scalars(select(AuthorizationCode))
            return [
                sorted((row.scope, row.generation, row.previous_fingerprint is None, row.rotation_salt is None,
                        _minutes(row.rotated_at), _minutes(row.expires_at), str(row.end_reason)) for row in families),
                sorted((row.slot, row.scope, _minutes(row.expires_at)) for row in tokens),
                sorted((row.spent_at is None, row.family_id is None) for row in codes),
                sorted((row.error, row.cause, str(sorted(row.detail))) for row in db.session.scalars(select(ClientEvent))),
            ]  # fmt: skip


def _minutes(at: Any) -> int:
    return round((at - now()).total_seconds() / 60)


Request = Callable[[Case], Tokens]
AT_ONCE: dict[str, Request] = {
    "exchange": lambda case: case.ask(EXCHANGE, case.code),
    "exchange in the body": lambda case: case.ask(EXCHANGE, case.code, via="body", lang="en"),
    "refresh": lambda case: case.ask(REFRESH, case.past[2].refresh_token),
    "refresh in the body, with a code": lambda case: case.ask(REFRESH, case.past[2].refresh_token, via="body", code="x"),
}
STEP_BY_STEP: dict[str, Request] = {
    "predecessor": lambda case: case.ask(REFRESH, case.past[1].refresh_token),
    "older": lambda case: case.ask(REFRESH, case.past[0].refresh_token),
    "forged": lambda case: case.ask(REFRESH, case.past[2].refresh_token[:-1] + "z"),
    "another verifier": lambda case: case.ask(EXCHANGE, case.code, code_verifier="x" * 43),
    "no verifier": lambda case: case.ask(EXCHANGE, case.code, code_verifier=""),
    "another callback": lambda case: case.ask(EXCHANGE, case.code, redirect_uri=CALLBACK + "/"),
    "less": lambda case: case.ask(REFRESH, case.past[2].refresh_token, scope="write:events"),
    "query": lambda case: case.ask(EXCHANGE, case.code, via="query"),
    "no secret": lambda case: case.ask(EXCHANGE, case.code, via="none"),
    "another app": lambda case: case.another.exchange(case.code, code_verifier=case.verifier),
}


def told(answer: Tokens) -> tuple[Any, ...]:
    secrets = {"access_token", "refresh_token"}
    members = [(name, len(value) if name in secrets else value) for name, value in answer.answer.json.items()]
    headers = {name: value for name, value in dict(answer.answer.headers).items() if name != "X-Request-Id"}
    return answer.status, members, headers


def test_both_ways_give_the_same_answer_and_leave_the_same_behind(any_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    redeem, app, owner, another = (
        at_once.redeem,
        any_site.partner_app(scope="UseEvents"),
        any_site.owner(),
        any_site.partner_app(),
    )
    quickly: list[bool] = []

    def watched(*arguments: Any) -> Any:
        pair = redeem(*arguments)
        quickly.append(pair is not None)
        return pair

    requests = [(name, ask, False) for name, ask in (AT_ONCE | STEP_BY_STEP).items()]
    for name, ask, plain in (*requests, ("exchange", AT_ONCE["exchange"], True)):
        seen = []
        for way in (watched, lambda *_: None):
            monkeypatch.setattr(at_once, "redeem", redeem)
            case = Case(app, owner, another, plain=plain)
            monkeypatch.setattr(at_once, "redeem", way)
            # The second time it is a repetition, which is for the grants.
            seen.append([told(ask(case)), told(ask(case)), case.left()])
        assert seen[0] == seen[1], name
        assert quickly == [name in AT_ONCE, False], name
        quickly.clear()
