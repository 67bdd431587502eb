"""One partition per city file: a city is loaded, retried and shown on its own."""

import dagster as dg

from orchestration.environment import cities

CITIES = dg.StaticPartitionsDefinition(sorted(cities()))
