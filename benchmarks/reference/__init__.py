"""MVKT-ECG as one usually writes it: plain PyTorch from the paper's description, nothing of mvkt in it.

For two reasons: it is the peer of ``benchmarks/speed/training.py``: ``Conv1d`` in float32, a ``Dataset`` that
alters one record at a time, the teacher run again in every step. And it is the reference: its losses and its networks
equal those of mvkt (``tests/benchmarks``), and it is shorter to read.

Source: Qin et al., *MVKT-ECG*, arXiv 2301.12178.
"""
