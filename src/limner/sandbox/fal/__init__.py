"""fal's queue, synchronous endpoints, storage and platform API, emulated."""
