"""The methods, one file for each section of the reference; importing them declares them."""

from . import account, version

__all__ = ["account", "version"]
