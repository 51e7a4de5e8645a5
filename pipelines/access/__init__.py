"""Who may read and judge through the portal: access keys with a role and access classes."""
