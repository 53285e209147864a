"""Readers of file formats, one module a family."""
