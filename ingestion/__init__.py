"""From the servers of the cities to records: connectors, documents, privacy, store."""
