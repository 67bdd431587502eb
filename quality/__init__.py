"""Rules over harmonised tables, checked by Great Expectations."""
