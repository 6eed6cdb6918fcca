"""Every byte from outside comes in through this folder's one `Fetcher`, guarded at every hop."""
