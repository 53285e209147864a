"""Recipes, the one training loop, and the run that trains teacher, baseline and student."""
