"""The base of every error that says what is wrong with an index, where, and the mend."""


class IndexesError(Exception):
    """Something about passages, models, indexes or a query that the message explains."""
