"""Errors of the product: a code, a status and a sentence each; doors translate them into their own language."""

from typing import Any, ClassVar

from .words import N_, counted


class AppError(Exception):
    """Base of all errors that a caller may see.

    :param detail: the sentence shown to the caller; the class's own by default.

    ``keeps_changes`` is true for refusals whose side effects must be committed all the same.
    """

    keeps_changes: ClassVar[bool] = False

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    detail: str = N_("The request could not be carried out.")

    def __init__(self, detail: str | None = None) -> None:
        if detail is not None:
            self.detail = detail
        super().__init__(self.detail)

    @property
    def headers(self) -> dict[str, str]:
        """Response headers that belong to this error."""
        return {}

    @property
    def extra(self) -> dict[str, Any]:
        """Members beside code, sentence and status."""
        return {}


class BadRequest(AppError):
    code, status, detail = "bad_request", 400, N_("The request is malformed.")


class Unauthorized(AppError):
    code, status, detail = "unauthorized", 401, N_("A valid credential is needed.")


class Forbidden(AppError):
    code, status, detail = "forbidden", 403, N_("This is not allowed.")


class NotFound(AppError):
    code, status, detail = "not_found", 404, N_("There is no such thing here.")


class Conflict(AppError):
    code, status, detail = "conflict", 409, N_("The request contradicts the present state.")


class Invalid(AppError):
    """Members of the request that are not acceptable (422).

    :param errors: field name -> sentences.
    """

    code, status, detail = "invalid", 422, N_("Some fields are not acceptable.")

    def __init__(self, errors: dict[str, list[str]], detail: str | None = None) -> None:
        first = next((sentence for sentences in errors.values() for sentence in sentences), None)
        super().__init__(detail or first)
        self.errors = errors

    @property
    def extra(self) -> dict[str, Any]:
        return {"errors": self.errors}


def _wait(seconds: int) -> str:
    return counted(
        "Too many requests. Try again in %(number)s second.", "Too many requests. Try again in %(number)s seconds.", seconds
    )


class TooManyRequests(AppError):
    """:param retry_after: whole seconds until the next try can succeed."""

    code, status, detail = "too_many_requests", 429, N_("Too many requests.")

    def __init__(self, retry_after: int, detail: str | None = None) -> None:
        super().__init__(detail or _wait(retry_after))
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after)}


class Unavailable(AppError):
    code, status, detail = "unavailable", 503, N_("The service is not available for a moment. Try again shortly.")

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "5"}
