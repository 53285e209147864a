"""From a finished run to a bundle: ONNX, 8-bit weights, model card."""
