"""For `make translations`: what each method's docstring says in the reference is a sentence for people, too."""

import ast
from collections.abc import Collection, Iterator
from typing import IO, Any

from babel.messages.extract import extract_python

_VERBS = {"get", "post", "put", "delete"}


def extract(
    file: IO[bytes], keywords: Any, comment_tags: Collection[str], options: Any
) -> Iterator[tuple[int, Any, Any, Any]]:  # fmt: skip
    """What Babel's own extractor finds in a file of methods, and the first line of the docstring of each method."""
    yield from extract_python(file, keywords, comment_tags, options)
    file.seek(0)
    for node in ast.parse(file.read()).body:
        if isinstance(node, ast.FunctionDef) and any(map(_declares, node.decorator_list)):
            yield node.lineno, None, (ast.get_docstring(node) or "").split("\n")[0], []


def _declares(decorator: ast.expr) -> bool:
    """Whether it is one such as ``@GENERAL.get(...)``."""
    return isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute) and decorator.func.attr in _VERBS
