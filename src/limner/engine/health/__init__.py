"""Who can be asked now, and why not: keys, flags, breakers, what calls lately met, and free probes.

    breakers   as this process knows them; they live in a store that all processes share
    leave      what a run needs before each call, and where it tells what became of it
    windows    what calls lately met: success, time, refusals of the account
    probes     calls that the vendors' documents call free, made when somebody asks
    health     the layers together, remembered for five minutes

Nothing here costs money: see docs/health.md.
"""
