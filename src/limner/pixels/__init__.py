"""The only room that touches pixels: what a file is, what a mask covers, and what came back.

Pure functions over bytes and arrays. Nothing here reads a path, opens a socket or holds state, and
everything may take long: the engine calls it from a thread.
"""
