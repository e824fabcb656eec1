"""The provider to copy: an invented vendor whose work is queued, polled, and fetched by a second call.

It is not in the registry, but passes the same tests as every other. To add a provider:

1. Copy this folder to `providers/<slug>/` and delete what the vendor does not have: an adapter without
   tickets raises `TypeError` in `check`, as OpenAI's does.
2. Put the vendor's published OpenAPI document beside it as `openapi.json`, cut to what is used, with its
   source and date; other published facts go into `tests/contracts/<slug>/`.
3. Describe the models in `catalog/data/<slug>.toml`. Names, paths and parameters that differ by model go
   into `[models.wire]`, facts that only this adapter reads into `[models.extras]`; none go into code.
4. Write an exchange for success, for every kind of error, and for garbage in
   `tests/providers/<slug>/exchanges/`. The contract suite finds them.
5. Add the line to `registry.py`.

Three rules decide most questions. Strict out: an option or a combination that the vendor would refuse is
a `UserError` before anything is sent. Lenient in: read the fields that are needed and tolerate all others.
Pessimistic about money: a failure is `billed=unknown, again=never` until the vendor's words prove better.
"""
