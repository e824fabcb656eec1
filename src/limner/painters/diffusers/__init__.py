"""Diffusion models on this machine, for those who install the extra `diffusers`."""
