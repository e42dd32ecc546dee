"""Moving in and out: records (an item as a line of JSON), archives of them, the bucket that files pass through."""
