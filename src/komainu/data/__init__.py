"""Data that comes with Komainu."""
