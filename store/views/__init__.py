"""What pages and lists read: flat frozen rows, keyset paging, hard limits."""
