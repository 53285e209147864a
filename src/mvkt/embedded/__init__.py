"""Students for small places: 8-bit networks behind a gate, and networks as C code."""
