"""Settlement: what the banks credited, compared with what was collected."""
