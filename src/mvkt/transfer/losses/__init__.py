"""The transfer losses, one module a loss."""
