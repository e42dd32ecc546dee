"""What `retention doctor` looks at. finding: what a look shows; address, account, queues: the looks."""
