"""Which model serves a request, and why the others do not: pure rules over facts.

    facts ─▶ checks (who could) ─▶ candidates (who may, at which price) ─▶ strategies (in which order)

`tiers` reads what the words of a prompt ask for; `recommend` says in a sentence what is best.
"""
