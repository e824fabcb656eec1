"""Changing a picture as a whole: another look, another colour, a variation."""
