"""From a recording to a diagnosis, with numpy and ONNX Runtime only."""
