"""Joins the other packages; the only one that knows Dagster."""
