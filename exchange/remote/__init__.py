"""A partner's SFTP server: reaching it, publishing whole files, collecting theirs."""
