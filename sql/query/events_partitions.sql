SELECT events_make_partitions()
