"""From finished cells to statistics."""
