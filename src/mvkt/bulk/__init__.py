"""Diagnosis of more recordings than fit into one answer: stores far away, engines, results in parts."""
