"""ComfyUI's server, emulated."""
