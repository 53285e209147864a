"""Processes that read and judge files, each within limits of time and memory."""
