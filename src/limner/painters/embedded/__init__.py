"""The painter that is always there: procedural, not a generative model, and free."""
