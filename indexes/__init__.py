"""Passages, vectors, lexical index and the search over them."""
