"""The only room that speaks HTTP to image providers and to untrusted URLs. `client.py` is its door.

Nothing here sends anything twice, and nothing here logs a body or a key.
"""
