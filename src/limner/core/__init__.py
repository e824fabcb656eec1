"""The vocabulary: what every other room speaks, with no I/O and nothing but the standard library."""
