"""The council data to the OParl service: published behind the checks, served from the lake."""

from starlette.applications import Starlette

from catalog import oparl
from catalog.oparl import Published
from orchestration.lake import lake
from orchestration.progress import step
from orchestration.publication import Held, dictionary
from orchestration.report import current
from orchestration.settings import settings


def publish(held: Held = ()) -> Published:
    """Bring what is served to what is harmonised; unchanged, nothing is written.

    Raises:
        OParlError: A column would leave that may not.
    """
    oparl.check_leaving(dictionary())
    with step("OParl", current().seconds), lake().write() as con:
        return oparl.publish(con, held)


def service() -> Starlette:
    """The service over this machine's lake, to be mounted at ``catalog.oparl.PATH``."""
    outside = settings().search_url.rstrip("/")
    return oparl.create_app(lake(), public_url=f"{outside}{oparl.PATH}" if outside else "")
