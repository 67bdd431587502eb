"""Stand-ins for the four cities' servers, on loopback, from one seed (see ``server``)."""

from ingestion.sampleworld.faults import Fault, Faults
from ingestion.sampleworld.server import World, world

__all__ = ["Fault", "Faults", "World", "world"]
