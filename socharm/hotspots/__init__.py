"""Where harm concentrates: heat surfaces."""
