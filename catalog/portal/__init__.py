"""A CKAN portal on this machine, without root and without Docker."""

from catalog.portal.bringup import PortalInfo
from catalog.portal.config import Settings
from catalog.portal.errors import PortalError
from catalog.portal.operator_page import Operator, load_operator
from catalog.portal.portal import Portal

__all__ = ["Operator", "Portal", "PortalError", "PortalInfo", "Settings", "load_operator"]
