"""1.1 Protocol version information."""

from importlib.metadata import PackageNotFoundError, version

from ...services.callers import Caller
from ..groups import GENERAL
from ..schemas.account import Version

try:
    BUILD = version("uaa")
except PackageNotFoundError:
    BUILD = "0.1.0"


@GENERAL.get("1.1", "/v1/version", returns=Version)
def version_1(caller: Caller) -> Version:
    """The server's build and the version of its protocol; made for testing a credential."""
    return Version(version=BUILD, protocol_version="1.0")


@GENERAL.get("1.1", "/v2/version", returns=Version)
def version_2(caller: Caller) -> Version:
    """The server's build and the version of its protocol; made for testing a credential."""
    return Version(version=BUILD, protocol_version="2.0")
