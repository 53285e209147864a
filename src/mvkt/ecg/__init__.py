"""What an ECG is: recordings, leads, file formats, preprocessing. No learning in here, no torch."""
