"""Enlarging and sharpening."""
