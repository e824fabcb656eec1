"""Money: what is held, what was charged, what nobody knows; and the budgets it counts against."""
