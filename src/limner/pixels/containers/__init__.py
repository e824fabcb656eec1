"""One file for each container: what its headers say, and how to take the metadata out of it.

None of them decodes a pixel. `facts` says what a header says; `strip` gives the same picture
without anything that is not needed to show it, byte for byte the same image data.
"""
