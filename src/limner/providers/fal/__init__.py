"""fal: hundreds of models behind one queue."""
