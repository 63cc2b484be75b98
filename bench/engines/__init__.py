"""What runs in the environment of the peers: workers of Restate, DBOS and Temporal, and the steps that they take."""
