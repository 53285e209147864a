from __future__ import annotations

import sys
from pathlib import Path

# The benchmarks are scripts that stand beside each other: python benchmarks/run.py finds them in the same way.
sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
