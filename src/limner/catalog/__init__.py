"""What exists, as data: models with their limits, prices, dates and sources; finding, fitting, quoting.

    data/<provider>.toml ─▶ load ─▶ Catalog.find ─▶ fit ─▶ quote   (before the call)
                                                     └───▶ charge  (after it)

Pure: nothing here does I/O but reading the data files once.
"""
