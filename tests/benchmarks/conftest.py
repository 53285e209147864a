from __future__ import annotations

import sys
from pathlib import Path

# The benchmarks are no part of the package; `python -m benchmarks.speed.run` finds them from the root in the same way.
sys.path.insert(0, str(Path(__file__).parents[2]))
