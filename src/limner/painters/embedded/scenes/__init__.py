"""One scene a file. Each has `paint(stage)`, which paints from back to front."""
