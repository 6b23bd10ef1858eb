"""Judges: one file each, found by entry points, all held to the suite in `checks.py`."""
