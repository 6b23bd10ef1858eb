"""Model runtimes and endpoints."""
