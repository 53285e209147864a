"""One local page over :mod:`mvkt.diagnosis`, and the same as JSON over HTTP: ``mvkt serve``."""
