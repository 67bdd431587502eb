"""The council data as an OParl 1.1 server: published tables, pure mapping, web service."""

from catalog.oparl.addresses import PATH
from catalog.oparl.application import create_app
from catalog.oparl.publishing import Published, is_behind, publish
from catalog.oparl.tables import OParlError, check_leaving

__all__ = ["PATH", "OParlError", "Published", "check_leaving", "create_app", "is_behind", "publish"]
