"""What an ECG statement is: its kind and its usual words."""
