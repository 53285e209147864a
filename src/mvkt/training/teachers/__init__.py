"""Teachers from elsewhere: a bundle, an earlier run, any ONNX network, or a table of what a network gave."""
