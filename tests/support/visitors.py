"""Who sends requests: one interface over Flask's test client and over real HTTP."""

from typing import Any, Protocol
from urllib.parse import urlencode

import requests
from flask import Flask
from werkzeug.datastructures import MultiDict

from .answers import Answer


class Visitor(Protocol):
    """Sends requests with a cookie jar of its own; never follows redirects by itself."""

    def send(
        self, method: str, address: str, *, params: Any = None, data: Any = None, json: Any = None,
        headers: dict[str, str] | None = None, auth: tuple[str, str] | None = None,
    ) -> Answer: ...  # fmt: skip

    @property
    def cookies(self) -> dict[str, str]: ...

    def set_cookie(self, name: str, value: str) -> None: ...

    def close(self) -> None: ...


def _with_params(address: str, params: Any) -> str:
    if not params:
        return address
    return f"{address}{'&' if '?' in address else '?'}{urlencode(params, doseq=True)}"


class InProcessVisitor:
    """Visits a Flask application without a network."""

    def __init__(self, app: Flask, base_url: str) -> None:
        self._client = app.test_client()
        self._base_url = base_url

    def send(
        self, method: str, address: str, *, params: Any = None, data: Any = None, json: Any = None,
        headers: dict[str, str] | None = None, auth: tuple[str, str] | None = None,
    ) -> Answer:  # fmt: skip
        address = _with_params(address.removeprefix(self._base_url), params)
        response = self._client.open(
            address, method=method, base_url=self._base_url, data=MultiDict(data) if isinstance(data, list) else data,
            json=json, headers=headers, auth=auth,
        )  # fmt: skip
        answer = Answer(response.status_code, response.headers, response.get_data().decode(errors="replace"), address)
        response.close()
        return answer

    @property
    def cookies(self) -> dict[str, str]:
        return {cookie.key: cookie.value for cookie in self._client._cookies.values()}

    def set_cookie(self, name: str, value: str) -> None:
        host = self._base_url.partition("://")[2].partition(":")[0]
        self._client.set_cookie(name, value, domain=host)

    def close(self) -> None:
        """Nothing is open."""


class HttpVisitor:
    """Visits a live server."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._session = requests.Session()
        self._session.trust_env = False

    def send(
        self, method: str, address: str, *, params: Any = None, data: Any = None, json: Any = None,
        headers: dict[str, str] | None = None, auth: tuple[str, str] | None = None,
    ) -> Answer:  # fmt: skip
        address = _with_params(address.removeprefix(self._base_url), params)
        response = self._session.request(
            method, self._base_url + address, data=data, json=json, headers=headers, auth=auth,
            allow_redirects=False, timeout=30,
        )  # fmt: skip
        response.encoding = "utf-8"
        return Answer(response.status_code, response.headers, response.text, address)

    @property
    def cookies(self) -> dict[str, str]:
        return {cookie.name: cookie.value or "" for cookie in self._session.cookies}

    def set_cookie(self, name: str, value: str) -> None:
        self._session.cookies.set(name, value)

    def close(self) -> None:
        self._session.close()
