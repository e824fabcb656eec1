"""The page that every picture passes: admit, route, fit, quote, reserve, drive, keep, settle, finish."""
