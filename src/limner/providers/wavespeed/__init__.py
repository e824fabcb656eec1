"""WaveSpeed: many vendors' models behind one queue."""
