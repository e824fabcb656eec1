"""Where a picture comes from: manifests that are kept, written and explained (promise 10)."""
