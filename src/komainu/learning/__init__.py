"""Labels and policies in, better judges out."""
