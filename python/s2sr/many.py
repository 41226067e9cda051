def super_resolve_many(): pass
