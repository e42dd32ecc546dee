"""Sample data, loaded through the API like anybody's data. samples: what there is; load: how it gets in."""
