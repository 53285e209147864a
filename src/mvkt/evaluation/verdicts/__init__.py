"""From logits to verdicts: calibration, inconclusive bands, and their check on the test fold."""
