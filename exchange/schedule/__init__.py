"""What Airflow needs around the motions; the only place that knows Airflow."""
