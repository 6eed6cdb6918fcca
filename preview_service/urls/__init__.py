"""URLs as pure text: one spelling for each address, by the WHATWG URL standard."""
