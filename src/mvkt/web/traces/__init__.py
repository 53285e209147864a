"""Traces that are kept in little memory and cut into tiles for the page."""
