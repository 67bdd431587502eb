"""A CKAN portal on this machine, without root and without Docker."""

from catalog.portal.bringup import PortalInfo
from catalog.portal.config import Settings
from catalog.portal.errors import PortalError
from catalog.portal.portal import Portal

__all__ = ["Portal", "PortalError", "PortalInfo", "Settings"]
