"""Black Forest Labs: the FLUX models at their makers'."""
