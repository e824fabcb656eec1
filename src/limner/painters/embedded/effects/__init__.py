"""Named looks: each turns an RGB picture into one of the same size."""
