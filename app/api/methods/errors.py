"""Errors that only some methods have, as the reference tells of them: status -> when."""

REPEATED = {409: "The same request was made less than a minute ago."}
