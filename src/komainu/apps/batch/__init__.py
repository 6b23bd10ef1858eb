"""Judge the rows of a file: read, judge in order, write, and go on after an interruption."""
