"""A diagnosis as HTML."""
