"""One folder a vendor: what Limner wants, said in the vendor's words, and back. No I/O, no secret."""
