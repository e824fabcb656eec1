"""Pure rules over facts: what an error's facts allow, and later what to choose."""
