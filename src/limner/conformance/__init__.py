"""Whether an adapter keeps its contract: what `limner providers check-contract` and the tests look at."""
