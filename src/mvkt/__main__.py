"""``python -m mvkt``: the command line."""

from __future__ import annotations

from mvkt.cli import main

if __name__ == "__main__":
    main(prog_name="mvkt")
