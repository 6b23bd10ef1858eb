"""Doors: the only readers of environment, clock and settings."""
