"""What the embedded judge is worth and what it costs: sets, controls, figures, speed, alternatives, one table."""
